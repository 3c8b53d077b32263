// The questions that were settled by measurement before HTTP/1 was written; ARCHITECTURE.md keeps the answers.
//   dotnet run -c Release -- echo PORT LOOPS shared|group flat|nested|valuetask|pooling
//   dotnet run -c Release -- tls PORT cert.pem key.pem fd|membio
using Weir.Spikes;

return args switch
{
    ["echo", var port, var loops, var listener, var style] => EchoSpike.Run(int.Parse(port), int.Parse(loops), listener == "group", style),
    ["tls", var port, var cert, var key, var mode] => TlsSpike.Run(int.Parse(port), cert, key, mode == "membio"),
    _ => 2,
};
