using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Sdk.Policies;

/// <summary>The request as a policy sees it in the request phase. Valid until the method's task completes.</summary>
public readonly struct RequestView(ExchangeAccess exchange)
{
    private readonly ViewGuard _guard = new(exchange);

    /// <summary>All that is known of the exchange; what conditions and templates are evaluated with.</summary>
    public ExchangeAccess Exchange => _guard.Exchange;

    /// <summary>The request's head, to read and to edit. What an edit makes of path, host or query must be as valid as what a codec makes.</summary>
    public RequestHead Head => _guard.Exchange.Request;

    /// <summary>The request's fields, to read and to edit. The caller vouches for names and values: no control bytes, nothing of framing.</summary>
    public FieldTable Fields => _guard.Exchange.Request.Fields;

    /// <summary>Suspends this exchange for a time; others go on.</summary>
    public ValueTask DelayAsync(TimeSpan delay) => _guard.Exchange.DelayAsync(delay);
}

/// <summary>One attempt as a policy sees it before it is sent: the frozen request and this attempt's own edits.</summary>
public readonly struct AttemptView(ExchangeAccess exchange)
{
    private readonly ViewGuard _guard = new(exchange);

    /// <summary>All that is known of the exchange; what conditions and templates are evaluated with.</summary>
    public ExchangeAccess Exchange => _guard.Exchange;

    /// <summary>The request's head, frozen: to read only.</summary>
    public RequestHead Request => _guard.Exchange.Request;

    /// <summary>This attempt's edits of the request's fields.</summary>
    public FieldOverlay Fields => _guard.Exchange.AttemptFields;
}

/// <summary>A response head as a policy sees it before it goes on.</summary>
public readonly struct ResponseView(ExchangeAccess exchange)
{
    private readonly ViewGuard _guard = new(exchange);

    /// <summary>All that is known of the exchange; what conditions and templates are evaluated with.</summary>
    public ExchangeAccess Exchange => _guard.Exchange;

    /// <summary>The request's head, frozen: to read only.</summary>
    public RequestHead Request => _guard.Exchange.Request;

    /// <summary>The response's head, to read and to edit. Its framing is Weir's.</summary>
    public ResponseHead Head => _guard.Exchange.Response;

    /// <summary>The response's fields, to read and to edit. The caller vouches for names and values: no control bytes, nothing of framing.</summary>
    public FieldTable Fields => _guard.Exchange.Response.Fields;

    /// <summary>Suspends this exchange for a time; others go on.</summary>
    public ValueTask DelayAsync(TimeSpan delay) => _guard.Exchange.DelayAsync(delay);
}

/// <summary>Refuses a view that outlived its exchange: in Debug it throws; in Release the exchange it would reach is another's, so it throws too.</summary>
internal readonly struct ViewGuard(ExchangeAccess exchange)
{
    private readonly uint _generation = exchange.Generation;

    public ExchangeAccess Exchange
        => exchange.Generation == _generation ? exchange : throw new InvalidOperationException("A view was used after its exchange ended.");
}
