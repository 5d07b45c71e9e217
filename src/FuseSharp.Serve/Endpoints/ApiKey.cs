using System.Security.Cryptography;
using System.Text;
using FuseSharp.Serve.Protocol;
using Microsoft.AspNetCore.Http;

namespace FuseSharp.Serve.Endpoints;

/// <summary>Lets requests pass that bring the key.</summary>
/// <param name="key">The key.</param>
internal sealed class ApiKey(string key)
{
    private const string Scheme = "Bearer ";

    // Hashes are equally long, so that comparing them tells nothing of the key's length.
    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <exception cref="ApiException">There is another key or none.</exception>
    public void Check(HttpRequest request)
    {
        string header = request.Headers.Authorization.ToString();
        string given = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        if (!CryptographicOperations.FixedTimeEquals(_hash, SHA256.HashData(Encoding.UTF8.GetBytes(given))))
        {
            throw new ApiException(401, "The API key is missing or wrong. Send it as 'Authorization: Bearer KEY'.", code: "invalid_api_key");
        }
    }
}
