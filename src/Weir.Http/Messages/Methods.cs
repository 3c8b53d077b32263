namespace Weir.Http.Messages;

/// <summary>Methods by their tokens, which are case-sensitive. RFC 9110 §9.1.</summary>
public static class Methods
{
    public static HttpMethod Find(ReadOnlySpan<byte> token)
    {
        switch (token.Length)
        {
            case 3:
                if (token.SequenceEqual("GET"u8)) return HttpMethod.Get;
                if (token.SequenceEqual("PUT"u8)) return HttpMethod.Put;
                break;
            case 4:
                if (token.SequenceEqual("POST"u8)) return HttpMethod.Post;
                if (token.SequenceEqual("HEAD"u8)) return HttpMethod.Head;
                break;
            case 5:
                if (token.SequenceEqual("PATCH"u8)) return HttpMethod.Patch;
                if (token.SequenceEqual("TRACE"u8)) return HttpMethod.Trace;
                break;
            case 6:
                if (token.SequenceEqual("DELETE"u8)) return HttpMethod.Delete;
                break;
            case 7:
                if (token.SequenceEqual("OPTIONS"u8)) return HttpMethod.Options;
                if (token.SequenceEqual("CONNECT"u8)) return HttpMethod.Connect;
                break;
        }

        return HttpMethod.Other;
    }

    /// <summary>The token; empty for <see cref="HttpMethod.Other"/>.</summary>
    public static ReadOnlySpan<byte> Token(HttpMethod method) => method switch
    {
        HttpMethod.Get => "GET"u8,
        HttpMethod.Head => "HEAD"u8,
        HttpMethod.Post => "POST"u8,
        HttpMethod.Put => "PUT"u8,
        HttpMethod.Delete => "DELETE"u8,
        HttpMethod.Connect => "CONNECT"u8,
        HttpMethod.Options => "OPTIONS"u8,
        HttpMethod.Trace => "TRACE"u8,
        HttpMethod.Patch => "PATCH"u8,
        _ => default,
    };
}
