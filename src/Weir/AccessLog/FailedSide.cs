using Weir.Http;

namespace Weir.AccessLog;

/// <summary>Whose fault a refusal is, as far as can be told from here.</summary>
internal static class FailedSide
{
    public static string Of(Refusal refusal) => refusal switch
    {
        Refusal.None => "",
        < Refusal.NoRoute => "downstream",
        Refusal.ClientGone => "downstream",
        >= Refusal.NoEndpoint and < Refusal.ClientGone => "upstream",
        _ => "weir",
    };
}
