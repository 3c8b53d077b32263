using System.CommandLine;
using System.Globalization;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir weight ENDPOINT… N</c>: endpoints' share at run time.</summary>
internal static class WeightCommand
{
    public static Command Make(Terminal terminal)
    {
        var words = new Argument<string[]>("endpoint weight") { Description = "URLs as configured, or host:port; then the weight, 0 to 1000.", Arity = ArgumentArity.ZeroOrMore };
        var (common, which) = (new OverlayCommand(terminal), new EndpointOptions());
        return new ControlOptions(terminal).Make("weight", "Give endpoints of the running weir another weight, until --undo or for a time.", [words, .. which.All, common.For, common.Undo], async (client, json, parsed) =>
        {
            var (given, undo) = (parsed.GetValue(words) ?? [], parsed.GetValue(common.Undo));
            // A name of an endpoint is no number.
            var weight = given.Length > 0 && int.TryParse(given[^1].TrimEnd('%'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? given[^1] : null;
            if (weight is null != undo) return common.Complain("either a weight, 0 to 1000 and after the endpoints, or --undo");
            if (which.Target(parsed, weight is null ? given : given[..^1]) is not { } target) return common.Complain("either endpoints (10.0.0.2:8080), or one of --zone, --label and --priority");
            return await common.RunAsync(client, json, parsed, "weight", target, weight is null ? null : ["weight=" + Uri.EscapeDataString(weight)]);
        });
    }
}
