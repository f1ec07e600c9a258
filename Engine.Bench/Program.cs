using System.CommandLine;
using Engine.Bench;
using Engine.Bench.Peer;

var threads = new Option<int>("--threads") { Description = "Threads of the worker team.", DefaultValueFactory = _ => 1 };
var cases = new Option<string>("--case") { Description = "Comma-separated parts of case names, or all.", DefaultValueFactory = _ => "all" };
var seconds = new Option<double>("--secs") { Description = "Measuring time for each case.", DefaultValueFactory = _ => 0.8 };
var json = new Option<string?>("--json") { Description = "File for the results." };
var rounds = new Option<int>("--rounds") { Description = "Alternating rounds of both sides.", DefaultValueFactory = _ => 3 };
var python = new Option<string>("--python") { Description = "The Python that has PyTorch.", DefaultValueFactory = _ => "/usr/bin/python3" };

var peer = new Command("peer", "Times the engine's side of the comparison with PyTorch.") { threads, cases, seconds, json };
peer.SetAction(parsed => PeerRunner.Run(parsed.GetValue(threads), parsed.GetValue(cases)!, parsed.GetValue(seconds), parsed.GetValue(json)));

var compare = new Command("compare", "Alternates PyTorch and the engine on the same cases and prints the ratios.") { threads, cases, seconds, rounds, python };
compare.SetAction(parsed => Comparison.Run(
    parsed.GetValue(threads), parsed.GetValue(cases)!, parsed.GetValue(seconds), parsed.GetValue(rounds), parsed.GetValue(python)!));

var filter = new Argument<string[]>("arguments") { Description = "BenchmarkDotNet's own arguments, as --filter '*Gemm*'.", Arity = ArgumentArity.ZeroOrMore };
var suite = new Command("suite", "Runs the BenchmarkDotNet suites of kernels and training steps.") { filter };
suite.TreatUnmatchedTokensAsErrors = false;
suite.SetAction(parsed => Suites.Run([.. parsed.GetValue(filter) ?? [], .. parsed.UnmatchedTokens]));

return new RootCommand("Benchmarks of Engine.") { peer, compare, suite }.Parse(args).Invoke();
