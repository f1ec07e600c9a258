namespace Engine.Callbacks;

/// <summary>How a report looks, by day and by night.</summary>
internal static class HtmlStyle
{
    /// <summary>How many runs have a colour of their own; further ones begin with the first again.</summary>
    public const int RunColours = 8;

    public const string Sheet = """
        :root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1c2430;--muted:#667085;--grid:#e4e7ec;--a:#2563eb;--b:#e8710a;
        --good:#16803c;--bad:#c0262d;
        --r0:#475467;--r1:#2563eb;--r2:#e8710a;--r3:#16803c;--r4:#a21caf;--r5:#0e7490;--r6:#c0262d;--r7:#a16207}
        @media(prefers-color-scheme:dark){:root{--page:#12161c;--card:#1b212a;--ink:#e6e9ee;--muted:#98a2b3;--grid:#2d3540;--a:#6ea0ff;
        --b:#ffa04d;--good:#4cc777;--bad:#ff7a7f;--r0:#cbd2dc;--r1:#6ea0ff;--r2:#ffa04d;--r3:#4cc777;--r4:#e28bf0;--r5:#4fd0e6;--r6:#ff7a7f;
        --r7:#e6c34d}}
        *{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:1120px;margin:0 auto;padding:32px 20px}h1{font-size:26px;margin:0}h2{font-size:18px;margin:32px 0 12px}
        .muted{color:var(--muted);margin:4px 0 20px}.tiles,.charts,.samples{display:flex;flex-wrap:wrap;gap:14px}
        .tile,.chart,.sample,.matrix,.table,details{background:var(--card);border:1px solid var(--grid);border-radius:10px}
        .tile{padding:10px 18px;min-width:140px}.tile span{display:block;color:var(--muted);font-size:13px}.tile b{font-size:22px}
        .charts{margin-top:18px}.chart{padding:12px;flex:1 1 min(100%,440px)}
        .chart.compact{flex:0 1 calc(33.3% - 10px);min-width:min(100%,290px)}
        .chart svg{width:100%;height:auto;display:block}
        svg text{fill:var(--muted);font:12px system-ui,sans-serif}svg .name{fill:var(--ink);font-size:15px;font-weight:600}
        svg .grid{stroke:var(--grid)}.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;pointer-events:none}
        .dot{fill:var(--c)}.hidden{fill:transparent}.gap{fill:var(--b);opacity:.16}
        .training{--c:var(--a)}.validation{--c:var(--b)}.line.validation{stroke-dasharray:6 3}
        .run0{--c:var(--r0)}.run1{--c:var(--r1)}.run2{--c:var(--r2)}.run3{--c:var(--r3)}.run4{--c:var(--r4)}.run5{--c:var(--r5)}
        .run6{--c:var(--r6)}.run7{--c:var(--r7)}.key{display:inline-block;width:10px;height:10px;border-radius:5px;margin-right:7px;
        background:var(--c)}.legend{display:flex;flex-wrap:wrap;gap:4px 20px;margin:4px 0;font-size:13px}
        .below{margin-top:18px}.charts:has(.compact){margin-top:8px}
        .matrix,.table{padding:16px;overflow-x:auto;display:inline-block;max-width:100%}table{border-collapse:separate;border-spacing:2px}
        td,th{padding:4px 9px;text-align:right;font-variant-numeric:tabular-nums}th{color:var(--muted);font-weight:500}td{border-radius:4px}
        .matrix td{text-align:center}.table td:first-child{white-space:nowrap}.none{color:var(--muted);opacity:.5}
        .corner{font-size:12px;text-align:left;line-height:1.3}
        .table th{border-bottom:1px solid var(--grid)}.table td{padding:5px 12px}
        .table td:first-child,.table th:first-child{text-align:left}
        .table .group{text-align:center;color:var(--ink)}.table .bar{width:70px;margin:0}
        .sample{padding:10px;width:132px;text-align:center;font-size:13px}.sample img{width:110px;height:110px;object-fit:contain;
        image-rendering:pixelated;border-radius:6px}.good{color:var(--good)}.bad{color:var(--bad)}
        .bar{height:5px;border-radius:3px;background:var(--grid);margin-top:6px}.bar i{display:block;height:100%;border-radius:3px;
        background:var(--a)}.table .bar i{background:var(--b)}details{margin-top:32px;padding:12px 18px}summary{cursor:pointer}
        pre{overflow-x:auto;font-size:13px}
        @media(max-width:640px){main{padding:20px 12px}.matrix,.table{padding:8px}td,th,.table td{padding:3px 4px;font-size:12px}
        .table .bar{display:none}.chart.compact{flex-grow:1}.tile{padding:8px 12px;min-width:110px}
        .tile b{font-size:18px}.chart{padding:8px}
        .matrix td,.matrix th{padding:3px 2px;font-size:11px}.matrix .corner{font-size:9px}.sample{width:108px;padding:8px}
        .sample img{width:88px;height:88px}}
        """;
}
