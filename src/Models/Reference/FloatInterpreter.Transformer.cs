using Pipeline.Models.Graph;

namespace Pipeline.Models.Reference;

/// <content>What transformers have besides attention.</content>
public sealed partial class FloatInterpreter
{
    private void RunTransformer(Node node, TensorShape from, float[] x, float[] y)
    {
        int plane = from[2] * from[3];
        switch (node.Operator)
        {
            case Gelu:
                Map(x, y, static v => (float)(v * 0.5 * (1 + Erf(v / Math.Sqrt(2)))));
                break;
            case AddLearned:
                float[] term = _weights[node.Inputs[1]];
                for (int i = 0; i < y.Length; i++)
                {
                    y[i] = x[i] + term[i % term.Length];
                }

                break;
            case PrependRow:
                for (int c = 0; c < from[1]; c++)
                {
                    _weights[node.Inputs[1]].CopyTo(y, c * (plane + from[3]));
                    x.AsSpan(c * plane, plane).CopyTo(y.AsSpan((c * (plane + from[3])) + from[3]));
                }

                break;
            case FirstRow:
                for (int c = 0; c < from[1]; c++)
                {
                    x.AsSpan(c * plane, from[3]).CopyTo(y.AsSpan(c * from[3]));
                }

                break;
            default:
                throw new ArgumentException($"Node '{node.Name}': no arithmetic for {node.Operator.Name}.", nameof(node));
        }
    }

    /// <summary>The error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).</summary>
    private static double Erf(double x)
    {
        double t = 1 / (1 + (0.3275911 * Math.Abs(x)));
        double sum = t * (0.254829592 + (t * (-0.284496736 + (t * (1.421413741 + (t * (-1.453152027 + (t * 1.061405429))))))));
        return Math.CopySign(1 - (sum * Math.Exp(-x * x)), x);
    }
}
