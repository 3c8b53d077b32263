using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Policies.Headers;

internal sealed class HeadersFactory : PolicyFactory<HeadersConfig>
{
    public override string Kind => "headers";

    public override Policy? Create(HeadersConfig config, PolicySetup setup)
    {
        var request = FieldEdits.Compile(config.Request, "request", ExpressionPhase.Request, setup);
        var response = FieldEdits.Compile(config.Response, "response", ExpressionPhase.Response, setup);
        if (request is null || response is null) return null;
        if (request.IsEmpty && response.IsEmpty) setup.Warning("", "no-effect", "nothing is edited");
        return new HeadersPolicy(request, response);
    }
}
