using System.CommandLine;
using Examples;

var root = new RootCommand("Programs that show Engine at work; without a name: digits.");
Command digits = DigitsExample.Command();
root.Add(digits);

// Without a name the main job runs, the digits network on built-in data; an option of the program as a whole asks for no job.
bool isNamed = args.Length > 0 && (!args[0].StartsWith('-') || args[0] is "-?" or "-h" or "--help" or "--version");
return root.Parse(isNamed ? args : [digits.Name, .. args]).Invoke();
