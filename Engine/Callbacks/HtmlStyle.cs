namespace Engine.Callbacks;

/// <summary>How a report looks, by day and by night.</summary>
internal static class HtmlStyle
{
    public const string Sheet = """
        :root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1c2430;--muted:#667085;--grid:#e4e7ec;--a:#2563eb;--b:#e8710a;
        --good:#16803c;--bad:#c0262d}
        @media(prefers-color-scheme:dark){:root{--page:#12161c;--card:#1b212a;--ink:#e6e9ee;--muted:#98a2b3;--grid:#2d3540;--a:#6ea0ff;
        --b:#ffa04d;--good:#4cc777;--bad:#ff7a7f}}
        *{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:1120px;margin:0 auto;padding:32px 20px}h1{font-size:26px;margin:0}h2{font-size:18px;margin:32px 0 12px}
        .muted{color:var(--muted);margin:4px 0 20px}.tiles,.charts,.samples{display:flex;flex-wrap:wrap;gap:14px}
        .tile,.chart,.sample,.matrix,details{background:var(--card);border:1px solid var(--grid);border-radius:10px}
        .tile{padding:10px 18px;min-width:130px}.tile span{display:block;color:var(--muted);font-size:13px}.tile b{font-size:22px}
        .charts{margin-top:18px}.chart{padding:12px;flex:1 1 460px}.chart svg{width:100%;height:auto;display:block}
        svg text{fill:var(--muted);font:12px system-ui,sans-serif}svg .name{fill:var(--ink);font-size:15px;font-weight:600}
        svg .grid{stroke:var(--grid)}svg .line0{stroke:var(--a)}svg .line1{stroke:var(--b);stroke-dasharray:6 3}
        svg .dot0{fill:var(--a)}svg .dot1{fill:var(--b)}
        .matrix{padding:16px;overflow-x:auto;display:inline-block;max-width:100%}table{border-collapse:separate;border-spacing:2px}
        td,th{padding:4px 9px;text-align:right;font-variant-numeric:tabular-nums}th{color:var(--muted);font-weight:500}td{border-radius:4px}
        .sample{padding:10px;width:132px;text-align:center;font-size:13px}.sample img{width:110px;height:110px;object-fit:contain;
        image-rendering:pixelated;border-radius:6px}.good{color:var(--good)}.bad{color:var(--bad)}
        .bar{height:5px;border-radius:3px;background:var(--grid);margin-top:6px}.bar i{display:block;height:100%;border-radius:3px;
        background:var(--a)}details{margin-top:32px;padding:12px 18px}summary{cursor:pointer}pre{overflow-x:auto;font-size:13px}
        """;
}
