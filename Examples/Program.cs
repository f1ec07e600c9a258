using System.CommandLine;
using Engine;
using Examples;

var root = new RootCommand("Programs that show Engine at work; without a name: digits.");
Command digits = DigitsExample.Command();
root.Add(digits);
root.Add(OverfitExample.Command());
root.Add(FunctionalExample.Command());
root.Add(TabularExample.Command());
root.Add(ResumeExample.Command());
root.Add(KerasExample.Command());
root.Add(PyTorchExample.Command());
root.Add(GanExample.Command());
root.Add(WganExample.Command());
root.Add(ConditionalGanExample.Command());
root.Add(VaeExample.Command());
root.Add(PinnExample.Command());
root.Add(TranslateExample.Command());
root.Add(TextExample.Command());
root.Add(NamesExample.Command());
root.Add(SequenceExample.Command());
root.Add(SentimentExample.Command());
root.Add(ForecastExample.Command());
root.Add(GradientFlowExample.Command());

// Without a name the main job runs, the digits network on built-in data; an option of the program as a whole asks for no job.
bool isNamed = args.Length > 0 && (!args[0].StartsWith('-') || args[0] is "-?" or "-h" or "--help" or "--version");
ParseResult command = root.Parse(isNamed ? args : [digits.Name, .. args]);
try
{
    return command.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (EngineException e)
{
    // A missing file or a bad number is the user's to mend: its message says how, and where it was found in the code helps nobody.
    Console.Error.WriteLine(e.Message);
    return 1;
}
