using System.Diagnostics;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Http.Http1;

/// <summary>What a forwarded request says in another way than the head it is made from. A default copies everything.</summary>
public ref struct RequestWriteOptions()
{
    /// <summary>The Host that the endpoint wants; empty: the client's own. Checked.</summary>
    public ReadOnlySpan<byte> Host { get; init; }

    /// <summary>A whole target instead of the head's path and query; checked for bytes that end it.</summary>
    public ReadOnlySpan<byte> Target { get; init; }

    /// <summary>The protocol to switch to; writes Connection and Upgrade, in HTTP/2 a CONNECT with :protocol.</summary>
    public ReadOnlySpan<byte> Upgrade { get; init; }

    /// <summary>Received fields that are not copied, on top of those that never are (<see cref="FieldKinds.MadeForRequest"/>).</summary>
    public FieldSet Skip { get; init; } = FieldKinds.NotCopiedToRequest;

    public BodyFraming Framing { get; init; }

    public long ContentLength { get; init; }

    /// <summary>The connection ends with this exchange.</summary>
    public bool Close { get; init; }

    /// <summary>What HTTP/2 says in :scheme.</summary>
    public bool Https { get; init; }

    /// <summary>HTTP/2 only: says "te: trailers", without which some origins send none.</summary>
    public bool TakesTrailers { get; init; }
}

/// <summary>What a response to a client says in another way than the head it is made from.</summary>
public ref struct ResponseWriteOptions()
{
    /// <summary>Received fields that are not copied, on top of those that never are (<see cref="FieldKinds.MadeForResponse"/>).</summary>
    public FieldSet Skip { get; init; } = FieldKinds.NotCopiedToResponse;

    public BodyFraming Framing { get; init; }

    /// <summary>Written when <see cref="Framing"/> is Length; also for a response to HEAD and a 304, which have no body.</summary>
    public long ContentLength { get; init; }

    public bool Close { get; init; }

    /// <summary>An HTTP/1.0 client that asked to keep its connection has to be told.</summary>
    public bool SayKeepAlive { get; init; }

    /// <summary>The protocol that a 101 switches to; writes Connection and Upgrade.</summary>
    public ReadOnlySpan<byte> Upgrade { get; init; }

    /// <summary>Written when the head has no Date. RFC 9110 §6.6.1.</summary>
    public DateCache? Date { get; init; }
}

/// <summary>
/// Writes heads anew from what was understood: nothing of the received framing, host or connection fields is copied.
/// All but the closing empty line, so that the caller can add fields before <see cref="HeadWriter.End"/>.
/// </summary>
public static class Http1Writer
{
    public static void WriteRequest(ref HeadWriter writer, RequestHead head, FieldOverlay? overlay, in RequestWriteOptions options)
    {
        Debug.Assert(options.Framing != BodyFraming.UntilClose);
        writer.Raw(head.MethodSpan);
        writer.Raw(" "u8);
        WriteTarget(ref writer, head, options.Target);
        writer.Raw(" HTTP/1.1\r\nHost: "u8);
        if (!options.Host.IsEmpty) writer.Checked(options.Host);
        else if (overlay is { IsEmpty: false } && overlay.Added.Has(KnownField.Host)) writer.Checked(overlay.Added.Get(KnownField.Host));
        else writer.Target(head.Arena, head.Authority);
        writer.EndField();
        writer.Fields(head.Fields, overlay, options.Skip.With(FieldKinds.MadeForRequest), FieldKinds.MadeForRequest);
        writer.Framing(options.Framing, options.ContentLength);
        WriteConnection(ref writer, options.Upgrade, options.Close);
    }

    public static void WriteResponse(ref HeadWriter writer, ResponseHead head, FieldOverlay? overlay, in ResponseWriteOptions options)
    {
        Debug.Assert(options.Framing != BodyFraming.UntilClose || options.Close, "Only the end of the connection ends this body.");
        WriteStatusLine(ref writer, head.Status, head.Arena[head.Reason]);
        writer.Fields(head.Fields, overlay, options.Skip.With(FieldKinds.MadeForResponse), FieldKinds.MadeForResponse);
        writer.Framing(options.Framing, options.ContentLength);
        if (options.Date is not null && !HasDate(head, overlay)) writer.Raw(options.Date.Line);
        WriteConnection(ref writer, options.Upgrade, options.Close);
        if (options.SayKeepAlive && !options.Close && options.Upgrade.IsEmpty) writer.Raw("Connection: keep-alive\r\n"u8);
    }

    /// <summary>Always HTTP/1.1, whatever the client speaks: RFC 9110 §6.2. An empty reason means the usual one.</summary>
    public static void WriteStatusLine(ref HeadWriter writer, int status, ReadOnlySpan<byte> reason = default)
    {
        var line = reason.IsEmpty ? StatusLines.Get(status) : default;
        if (!line.IsEmpty)
        {
            writer.Raw(line);
            return;
        }

        Debug.Assert(status is >= 100 and <= 999);
        writer.Raw("HTTP/1.1 "u8);
        writer.Decimal(status);
        writer.Raw(" "u8);
        writer.Checked(reason);
        writer.Raw("\r\n"u8);
    }

    private static void WriteTarget(ref HeadWriter writer, RequestHead head, ReadOnlySpan<byte> target)
    {
        if (!target.IsEmpty)
        {
            writer.Target(target);
            return;
        }

        switch (head.Form)
        {
            case TargetForm.Asterisk:
                writer.Raw("*"u8);
                break;
            case TargetForm.Authority:
                writer.Target(head.Arena, head.Authority);
                break;
            default:
                writer.Target(head.Arena, head.Path);
                if (head.HasQuery)
                {
                    writer.Raw("?"u8);
                    writer.Target(head.Arena, head.Query);
                }

                break;
        }
    }

    private static bool HasDate(ResponseHead head, FieldOverlay? overlay)
        => overlay is { IsEmpty: false } ? !overlay.Get("date"u8).IsEmpty : head.Fields.Has(KnownField.Date);

    private static void WriteConnection(ref HeadWriter writer, ReadOnlySpan<byte> upgrade, bool close)
    {
        if (!upgrade.IsEmpty)
        {
            writer.Raw("Connection: upgrade\r\nUpgrade: "u8);
            writer.Checked(upgrade);
            writer.EndField();
        }
        else if (close)
        {
            writer.Raw("Connection: close\r\n"u8);
        }
    }
}
