using System.Globalization;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Policies.HttpsRedirect;

internal sealed class HttpsRedirectFactory : PolicyFactory<HttpsRedirectConfig>
{
    public override string Kind => "https-redirect";

    public override Policy? Create(HttpsRedirectConfig config, PolicySetup setup)
    {
        if (config.Status is not (301 or 302 or 307 or 308))
        {
            setup.Error("status", "bad-status", $"{config.Status.ToString(CultureInfo.InvariantCulture)} redirects nowhere", "301, 302, 307 or 308");
            return null;
        }

        var port = config.Port == 443 ? "" : string.Create(CultureInfo.InvariantCulture, $":{config.Port}");
        if (!Template.TryCompile("https://${request.host}" + port + "${request.target}", out var location, out var error)) throw new InvalidOperationException(error.Message);
        return new HttpsRedirectPolicy(new LocalReply { Status = config.Status, Fields = [new("Location", location)] });
    }
}
