using Microsoft.AspNetCore.Http;

namespace Pipeline.Registry.Mlflow;

/// <summary>An answer other than 200: MLflow's error code, which decides the HTTP status, and a message.</summary>
internal sealed class MlflowException(string errorCode, string message) : Exception(message)
{
    public const string InvalidParameterValue = "INVALID_PARAMETER_VALUE";
    public const string ResourceDoesNotExist = "RESOURCE_DOES_NOT_EXIST";
    public const string ResourceAlreadyExists = "RESOURCE_ALREADY_EXISTS";
    public const string EndpointNotFound = "ENDPOINT_NOT_FOUND";
    public const string InternalError = "INTERNAL_ERROR";

    public string ErrorCode => errorCode;

    public int Status => StatusOf(errorCode);

    public static MlflowException NotFound(string message) => new(ResourceDoesNotExist, message);

    public static MlflowException Exists(string message) => new(ResourceAlreadyExists, message);

    public static MlflowException Invalid(string message) => new(InvalidParameterValue, message);

    /// <summary>MLflow's table. Clients retry a 500 for minutes, so only what is truly our fault answers with one.</summary>
    private static int StatusOf(string code) => code switch
    {
        InvalidParameterValue or ResourceAlreadyExists => StatusCodes.Status400BadRequest,
        ResourceDoesNotExist or EndpointNotFound => StatusCodes.Status404NotFound,
        _ => StatusCodes.Status500InternalServerError,
    };
}
