namespace Pipeline.Contracts;

/// <summary>The terms on which the recordings of a data set are given.</summary>
/// <param name="Data">The data set: the key of a known corpus, or its name in pipeline.yaml; promotions are let through by it.</param>
/// <param name="Terms">The terms; empty where none are stated.</param>
/// <param name="NonCommercial">Whether they keep what is trained on it from commercial use.</param>
public sealed record DataLicence(string Data, string Terms, bool NonCommercial)
{
    /// <summary>For people: <c>emodb: free for research (…)</c>.</summary>
    public override string ToString() => $"{Data}: {(Terms.Length > 0 ? Terms : "not stated")}";
}
