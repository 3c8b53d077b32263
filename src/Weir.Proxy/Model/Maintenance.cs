using Weir.Http.Addresses;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Model;

/// <summary>A route is under maintenance: what its clients are told, and who goes on. Immutable.</summary>
internal sealed record Maintenance(LocalReply Reply, CidrSet Allowed);
