using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Sdk.Policies;

/// <summary>The request as a policy sees it in the request phase. Valid until the method's task completes.</summary>
public readonly struct RequestView(ExchangeAccess exchange)
{
    private readonly ViewGuard _guard = new(exchange);

    public ExchangeAccess Exchange => _guard.Exchange;

    public RequestHead Head => _guard.Exchange.Request;

    public FieldTable Fields => _guard.Exchange.Request.Fields;

    /// <summary>Suspends this exchange for a time; others go on.</summary>
    public ValueTask DelayAsync(TimeSpan delay) => _guard.Exchange.DelayAsync(delay);
}

/// <summary>One attempt as a policy sees it before it is sent: the frozen request and this attempt's own edits.</summary>
public readonly struct AttemptView(ExchangeAccess exchange)
{
    private readonly ViewGuard _guard = new(exchange);

    public ExchangeAccess Exchange => _guard.Exchange;

    public RequestHead Request => _guard.Exchange.Request;

    public FieldOverlay Fields => _guard.Exchange.AttemptFields;
}

/// <summary>A response head as a policy sees it before it goes on.</summary>
public readonly struct ResponseView(ExchangeAccess exchange)
{
    private readonly ViewGuard _guard = new(exchange);

    public ExchangeAccess Exchange => _guard.Exchange;

    public RequestHead Request => _guard.Exchange.Request;

    public ResponseHead Head => _guard.Exchange.Response;

    public FieldTable Fields => _guard.Exchange.Response.Fields;

    public ValueTask DelayAsync(TimeSpan delay) => _guard.Exchange.DelayAsync(delay);
}

/// <summary>Refuses a view that outlived its exchange: in Debug it throws; in Release the exchange it would reach is another's, so it throws too.</summary>
internal readonly struct ViewGuard(ExchangeAccess exchange)
{
    private readonly uint _generation = exchange.Generation;

    public ExchangeAccess Exchange
        => exchange.Generation == _generation ? exchange : throw new InvalidOperationException("A view was used after its exchange ended.");
}
