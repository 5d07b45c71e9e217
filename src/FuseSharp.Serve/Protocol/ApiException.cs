namespace FuseSharp.Serve.Protocol;

/// <summary>A request that cannot be answered, as OpenAI's protocol names it.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="message">For the client: found, expected.</param>
/// <param name="parameter">The field that is at fault, or null.</param>
/// <param name="code">OpenAI's code such as <c>model_not_found</c>, or null.</param>
internal sealed class ApiException(int status, string message, string? parameter = null, string? code = null) : Exception(message)
{
    public int Status => status;

    public string? Parameter => parameter;

    public string? Code => code;

    /// <summary>OpenAI's name of the kind of fault.</summary>
    public string Type => status switch { 401 => "authentication_error", 429 => "rate_limit_error", >= 500 => "server_error", _ => "invalid_request_error" };
}
