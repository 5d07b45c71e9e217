using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Serve.Connections;
using Microsoft.AspNetCore.Http;

namespace FuseSharp.Serve.Endpoints;

/// <summary>Turns faults into answers in OpenAI's shape.</summary>
internal static class ApiErrors
{
    private const int RetryAfterSeconds = 5;

    /// <summary>Runs what answers a request.</summary>
    public static async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: 404 or 405 })
            {
                await WriteAsync(context, new ApiException(context.Response.StatusCode, $"There is no {context.Request.Method} {context.Request.Path}. Known are GET /v1/models, POST /v1/completions, POST /v1/chat/completions and GET /health."));
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer.
        }
        catch (ApiException fault)
        {
            await WriteAsync(context, fault);
        }
        catch (BadHttpRequestException fault)
        {
            await WriteAsync(context, new ApiException(fault.StatusCode, fault.Message));
        }
        catch (NotFiniteException fault)
        {
            await WriteAsync(context, new ApiException(500, fault.Message));
        }
        catch (ModelException fault)
        {
            await WriteAsync(context, new ApiException(400, fault.Message));
        }
        catch (OperationCanceledException)
        {
            await WriteAsync(context, new ApiException(503, "The server is shutting down."));
        }
        catch (Exception fault)
        {
            await WriteAsync(context, new ApiException(500, $"This is a fault of fusesharp: {fault.Message}"));
        }
        finally
        {
            context.Features.Get<OpenConnection>()?.WaitFor();
        }
    }

    /// <summary>Writes a fault; where the answer has begun, as an event of its stream.</summary>
    public static async Task WriteAsync(HttpContext context, ApiException fault)
    {
        var body = new { error = new { message = fault.Message, type = fault.Type, param = fault.Parameter, code = fault.Code } };
        if (context.Response.HasStarted)
        {
            await new EventStream(context.Response).SendAsync(body);
            return;
        }

        context.Response.StatusCode = fault.Status;
        if (fault.Status == 429)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        await JsonBody.WriteAsync(context, body);
    }
}
