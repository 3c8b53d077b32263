namespace Weir.Load.Report;

/// <summary>What is going on, on the standard error: one line that changes on a terminal, one line for each step's end elsewhere.</summary>
internal sealed class Progress
{
    private readonly bool _terminal = !Console.IsErrorRedirected;
    private string _step = "";

    public void Step(string scenario, string step)
    {
        _step = $"{scenario,-16} {step,-32}";
        if (_terminal)
            Console.Error.Write($"\r\e[K{_step}");
    }

    public void Done(string outcome) => Console.Error.WriteLine(_terminal ? $"\r\e[K{_step} {outcome}" : $"{_step} {outcome}");

    public void Say(string line) => Console.Error.WriteLine(_terminal ? $"\r\e[K{line}" : line);
}
