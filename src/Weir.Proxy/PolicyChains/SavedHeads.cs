using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Proxy.PolicyChains;

/// <summary>A request head as it was before a policy in shadow ran. Text that the policy added stays in the arena, unseen.</summary>
internal sealed class SavedRequest
{
    private readonly List<Field> _fields = [];
    private TextSlice _methodText, _path, _query, _host, _authority;
    private HttpMethod _method;
    private bool _hasQuery;

    public void Save(RequestHead head)
    {
        head.Fields.CopyTo(_fields);
        (_method, _methodText) = (head.Method, head.MethodText);
        (_path, _query, _host, _authority, _hasQuery) = (head.Path, head.Query, head.Host, head.Authority, head.HasQuery);
    }

    public void Restore(RequestHead head)
    {
        head.Fields.Replace(_fields);
        (head.Method, head.MethodText) = (_method, _methodText);
        (head.Path, head.Query, head.Host, head.Authority, head.HasQuery) = (_path, _query, _host, _authority, _hasQuery);
    }
}

/// <summary>As <see cref="SavedRequest"/>, for a response.</summary>
internal sealed class SavedResponse
{
    private readonly List<Field> _fields = [];
    private TextSlice _reason;
    private int _status;

    public void Save(ResponseHead head)
    {
        head.Fields.CopyTo(_fields);
        (_status, _reason) = (head.Status, head.Reason);
    }

    public void Restore(ResponseHead head)
    {
        head.Fields.Replace(_fields);
        (head.Status, head.Reason) = (_status, _reason);
    }
}
