using Weir.Policies.Delay;
using Weir.Policies.Deprecation;
using Weir.Policies.Fault;
using Weir.Policies.Headers;
using Weir.Policies.HttpsRedirect;
using Weir.Policies.RemoveInternalFields;
using Weir.Policies.Rewrite;
using Weir.Policies.SecurityHeaders;
using Weir.Sdk.Policies;

namespace Weir.Policies;

/// <summary>The policies that come with Weir. To add one: its folder, and a line here.</summary>
public static class BuiltInPolicies
{
    /// <summary>A factory for each kind, in alphabetical order.</summary>
    public static IReadOnlyList<PolicyFactory> All { get; } =
    [
        new DelayFactory(),
        new DeprecationFactory(),
        new FaultFactory(),
        new HeadersFactory(),
        new HttpsRedirectFactory(),
        new RemoveInternalFieldsFactory(),
        new RewriteFactory(),
        new SecurityHeadersFactory(),
    ];
}
