using System.Text;
using Weir.Config.Records;
using Weir.Http.Addresses;
using Weir.Http.Fields;
using Weir.Proxy.Model;
using Weir.Sdk.Configuration;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Snapshots;

/// <summary>Makes a route's action: a forward, or the reply that respond and redirect both are.</summary>
internal sealed class ActionCompiler(IReadOnlyDictionary<string, Cluster> clusters, StateStore store, IDiagnosticSink problems)
{
    private readonly MirrorCompiler _mirrors = new(store, problems);

    public (Forward? Forward, LocalReply? Reply) Compile(string name, RouteConfig route)
    {
        var place = $"routes.{name}";
        if (route.Forward is { } forward) return (Compile(name, forward, route.Retry, place + ".forward"), null);
        if (route.Respond is { } respond) return (null, Compile(respond, place + ".respond"));
        return (null, route.Redirect is { } redirect ? Compile(redirect, place + ".redirect") : null);
    }

    public Fallback? Compile(string route, FallbackConfig fallback, RetryConfig? retry, string place)
    {
        if (fallback.Respond is { } respond) return new Fallback(null, Compile(respond, place + ".respond"));
        return fallback.Forward is { } forward && Compile(route, forward, retry, place + ".forward") is { } compiled ? new Fallback(compiled, null) : null;
    }

    public Forward? Compile(string route, ForwardConfig forward, RetryConfig? retry, string place)
    {
        // A name that leads nowhere was reported by the reader.
        if (!clusters.TryGetValue(forward.Cluster, out var cluster)) return null;
        var source = forward.Host switch
        {
            "client" => HostSource.Client,
            "endpoint" => HostSource.Endpoint,
            _ => HostSource.Literal,
        };
        var text = Encoding.UTF8.GetBytes(forward.Host);
        if (source == HostSource.Literal && !Http.Targets.HostText.TrySplit(text, out _))
            Error(place + ".host", "bad-host", $"'{forward.Host}' is not a host with an optional port.", "write client, endpoint, or a host such as app.internal:8080");
        for (var i = 0; i < forward.Upgrade.Count; i++)
        {
            if (!FieldRules.IsToken(Encoding.UTF8.GetBytes(forward.Upgrade[i])))
                Error($"{place}.upgrade[{i}]", "bad-protocol", $"'{forward.Upgrade[i]}' is not the name of a protocol.");
            else if (forward.Upgrade[i].Equals("h2c", StringComparison.OrdinalIgnoreCase))
                Error($"{place}.upgrade[{i}]", "bad-protocol", "h2c cannot be tunnelled: its requests would reach the origin unseen.");
        }

        return new Forward
        {
            Cluster = cluster,
            Choice = StateStore.Choice(cluster.State, forward.Subset),
            Retry = retry is null ? cluster.Retry : RetryCompiler.Compile(retry),
            Host = source,
            HostText = source == HostSource.Literal ? text : [],
            TakesGrpcWeb = forward.GrpcWeb,
            Upgrades = [.. forward.Upgrade.Select(Encoding.UTF8.GetBytes)],
            Mirror = forward.Mirror is { } mirror ? Compile(route, mirror, place + ".mirror") : null,
        };
    }

    /// <summary>Null when it does not hold.</summary>
    public Maintenance? Compile(MaintenanceConfig? maintenance, string place)
    {
        if (maintenance is null) return null;
        var fields = new List<KeyValuePair<string, Template>>();
        var seconds = ((long)maintenance.RetryAfter.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (maintenance.RetryAfter > TimeSpan.Zero && Template(seconds, place) is { } after) fields.Add(new("Retry-After", after));
        var body = maintenance.Body is null ? null : Template(maintenance.Body, place + ".body");
        if (!CidrSet.TryParse(maintenance.Allow, out var allowed, out _)) allowed = CidrSet.Empty;
        return maintenance.On ? new Maintenance(new LocalReply { Status = maintenance.Status, Fields = fields, Body = body, ContentType = maintenance.ContentType }, allowed) : null;
    }

    private Mirror? Compile(string route, MirrorConfig mirror, string place)
        => Compile(route, mirror.ToForward(), null, place) is { } forward ? _mirrors.Compile(route, mirror, forward, place) : null;

    private LocalReply Compile(RespondConfig respond, string place)
    {
        var fields = new List<KeyValuePair<string, Template>>();
        foreach (var (name, value) in respond.Headers)
        {
            var id = KnownFields.Find(Encoding.UTF8.GetBytes(name));
            if (!FieldRules.IsValidName(Encoding.UTF8.GetBytes(name)) || (id != KnownField.Other && FieldKinds.MadeForResponse.Contains(id)))
                Error($"{place}.headers.{name}", "bad-field", $"'{name}' cannot be set here.", "framing and connection fields are Weir's own");
            else if (Template(value, $"{place}.headers.{name}") is { } template)
                fields.Add(new(name, template));
        }

        if (respond.Status is 204 or 304 && respond.Body is not null) Error(place + ".body", "body-without-place", $"A response with status {respond.Status} has no body.");
        return new LocalReply
        {
            Status = respond.Status,
            Fields = fields,
            Body = respond.Body is null ? null : Template(respond.Body, place + ".body"),
            ContentType = respond.ContentType,
        };
    }

    private LocalReply Compile(RedirectConfig redirect, string place)
    {
        var to = Template(redirect.To, place + ".to");
        return new LocalReply { Status = redirect.Status, Fields = to is null ? [] : [new("Location", to)] };
    }

    private Template? Template(string text, string place) => ExpressionCompiler.Template(text, place, problems);

    private void Error(string path, string code, string message, string? hint = null)
        => problems.Report(new ConfigProblem(ProblemSeverity.Error, path, code, message, hint));
}
