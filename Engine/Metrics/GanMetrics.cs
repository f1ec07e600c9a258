using MathNet.Numerics.LinearAlgebra;

namespace Engine.Metrics;

/// <summary>How far generated samples are from real ones, by the features and the classes that a classifier gives. F-N15 to F-N18.</summary>
/// <remarks>
/// The figures depend on the classifier. Published ones (FID, IS) are on the features of an Inception network trained on ImageNet; those of a
/// digit classifier are on another scale, and only figures of one classifier can be compared.
/// </remarks>
public static class GanMetrics
{
    private const int RowsAtOnce = 256;

    /// <summary>The Fréchet distance between normal distributions of the two sets' means and covariances,
    /// ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁^½ Σ₂ Σ₁^½)^½). F-N15.</summary>
    /// <remarks>Dowson and Landau 1982, Heusel et al. 2017. Covariances are divided by n − 1; roots are symmetric, by eigenvalues, of which
    /// rounding below 0 counts as 0.</remarks>
    /// <param name="real">Features of real samples, [n, d].</param>
    /// <param name="generated">Features of generated samples, [m, d].</param>
    /// <returns>0 or more; 0 for equal means and covariances.</returns>
    /// <exception cref="ShapeException">The features are not two matrices of one width with two rows or more.</exception>
    /// <exception cref="DTypeException">The features are not floating point.</exception>
    /// <exception cref="ValueException">A feature is NaN or infinite.</exception>
    public static double FrechetDistance(Tensor real, Tensor generated)
    {
        Require("FrechetDistance", real, generated, 2);
        (Vector<double> mean1, Matrix<double> covariance1) = Moments(real);
        (Vector<double> mean2, Matrix<double> covariance2) = Moments(generated);
        Matrix<double> root = SquareRoot(covariance1), inner = root * covariance2 * root;
        // Rounding leaves the product a little unsymmetric, which the eigenvalues of a symmetric matrix must not be.
        inner = (inner + inner.Transpose()) / 2;
        double roots = 0;
        foreach (double value in inner.Evd(Symmetricity.Symmetric).EigenValues.Real()) roots += Math.Sqrt(Math.Max(0, value));
        double difference = (mean1 - mean2).L2Norm();
        return Math.Max(0, difference * difference + covariance1.Trace() + covariance2.Trace() - 2 * roots);
    }

    /// <summary>e^(E[KL(p(y|x) ‖ p(y))]): from 1, all alike, to the number of classes, each sample sure and all classes equally
    /// frequent. F-N16.</summary>
    /// <remarks>Salimans et al. 2016, on one's own classifier.</remarks>
    /// <param name="probabilities">p(y|x), [n, classes]: rows of sum 1.</param>
    /// <returns>From 1 to the number of classes.</returns>
    /// <exception cref="ShapeException">There are no rows or no classes.</exception>
    /// <exception cref="DTypeException">The probabilities are not floating point.</exception>
    /// <exception cref="ValueException">A probability is NaN or infinite.</exception>
    public static double InceptionScore(Tensor probabilities)
    {
        double[][] rows = Rows("InceptionScore", probabilities, 1);
        var all = new double[rows[0].Length];
        foreach (double[] row in rows)
        {
            for (int c = 0; c < all.Length; c++) all[c] += row[c] / rows.Length;
        }

        double divergence = 0;
        foreach (double[] row in rows)
        {
            for (int c = 0; c < all.Length; c++)
            {
                if (row[c] > 0) divergence += row[c] * Math.Log(row[c] / all[c]) / rows.Length;
            }
        }

        return Math.Exp(divergence);
    }

    /// <summary>The part of the generated samples that lie where real ones do, and the part of the real ones where generated ones
    /// do. F-N17.</summary>
    /// <remarks>Kynkäänniemi et al. 2019: a set lies where some sample of it is not farther than its own k-th neighbour in the
    /// set.</remarks>
    /// <param name="real">Features of real samples, [n, d].</param>
    /// <param name="generated">Features of generated samples, [m, d].</param>
    /// <param name="neighbours">k, at least 1; 3 by default, as in the paper.</param>
    /// <returns>Precision, how real the samples look, and recall, how much of the real ones they cover; each 0 to 1.</returns>
    /// <exception cref="ShapeException">The features are not two matrices of one width with more than k rows.</exception>
    /// <exception cref="DTypeException">The features are not floating point.</exception>
    /// <exception cref="ValueException">k is below 1, or a feature is NaN or infinite.</exception>
    public static (double Precision, double Recall) PrecisionRecall(Tensor real, Tensor generated, int neighbours = 3)
    {
        if (neighbours < 1) throw Fail.Value("PrecisionRecall", $"neighbours is {neighbours}", "give at least 1");
        Require("PrecisionRecall", real, generated, neighbours + 1);
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        Tensor x = real.Cast(DType.Float64), y = generated.Cast(DType.Float64);
        return (Inside(y, x, Radii(x, neighbours)), Inside(x, y, Radii(y, neighbours)));
    }

    /// <summary>How many classes generated samples cover, and how evenly. F-N18.</summary>
    /// <param name="probabilities">What a classifier says of them, [n, classes].</param>
    /// <param name="leastShare">From which share on a class is covered; null for a tenth of 1/classes.</param>
    /// <param name="confidence">From which probability on the classifier is sure; 0.9 by default.</param>
    /// <returns>Counts, shares and evenness.</returns>
    /// <exception cref="ShapeException">There are no rows or fewer than two classes.</exception>
    /// <exception cref="DTypeException">The probabilities are not floating point.</exception>
    /// <exception cref="ValueException">A share lies outside [0, 1], or a probability is NaN or infinite.</exception>
    public static ModeCoverage Coverage(Tensor probabilities, double? leastShare = null, double confidence = 0.9)
    {
        if (!(leastShare is null or >= 0 and <= 1)) throw Fail.Value("Coverage", $"leastShare is {leastShare}", "give a number from 0 to 1");
        if (!(confidence is >= 0 and <= 1)) throw Fail.Value("Coverage", $"confidence is {confidence}", "give a number from 0 to 1");
        double[][] rows = Rows("Coverage", probabilities, 2);
        var counts = new int[rows[0].Length];
        int sure = 0;
        foreach (double[] row in rows)
        {
            int best = 0;
            for (int c = 1; c < row.Length; c++)
            {
                if (row[c] > row[best]) best = c;
            }

            counts[best]++;
            if (row[best] >= confidence) sure++;
        }

        double least = leastShare ?? 0.1 / counts.Length, entropy = 0, rarest = 1;
        int covered = 0;
        foreach (int count in counts)
        {
            double share = (double)count / rows.Length;
            rarest = Math.Min(rarest, share);
            if (count > 0 && share >= least) covered++;
            if (share > 0) entropy -= share * Math.Log(share);
        }

        return new ModeCoverage(counts, covered, rarest, entropy / Math.Log(counts.Length), (double)sure / rows.Length);
    }

    private static (Vector<double> Mean, Matrix<double> Covariance) Moments(Tensor features)
    {
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        Tensor x = features.Cast(DType.Float64), mean = x.Mean(0, keepDims: true), centered = x - mean;
        Tensor covariance = centered.MatMul(centered, transposeA: true) / (features.Shape[0] - 1);
        return (Vector<double>.Build.Dense(mean.ToArray<double>()), covariance.ToMatrix());
    }

    private static Matrix<double> SquareRoot(Matrix<double> symmetric)
    {
        var parts = symmetric.Evd(Symmetricity.Symmetric);
        Vector<double> roots = parts.EigenValues.Real().Map(value => Math.Sqrt(Math.Max(0, value)));
        return parts.EigenVectors * Matrix<double>.Build.DiagonalOfDiagonalVector(roots) * parts.EigenVectors.Transpose();
    }

    /// <summary>The squared distance of each row to its k-th nearest other row.</summary>
    private static double[] Radii(Tensor rows, int k)
    {
        var radii = new double[rows.Shape[0]];
        EachRow(rows, rows, (row, distances) =>
        {
            // The row itself is the nearest one of all.
            double[] sorted = distances.ToArray();
            Array.Sort(sorted);
            radii[row] = sorted[k];
        });
        return radii;
    }

    /// <summary>The part of the rows that lie within the radius of some row of a set.</summary>
    private static double Inside(Tensor rows, Tensor set, double[] radii)
    {
        int inside = 0;
        EachRow(rows, set, (_, distances) =>
        {
            for (int i = 0; i < distances.Length; i++)
            {
                if (!(distances[i] <= radii[i])) continue;
                inside++;
                return;
            }
        });
        return (double)inside / rows.Shape[0];
    }

    /// <summary>The squared distances of each row to all rows of a set, some rows at a time.</summary>
    private static void EachRow(Tensor rows, Tensor set, RowAction action)
    {
        Tensor lengths = (set * set).Sum(-1);
        for (int first = 0; first < rows.Shape[0]; first += RowsAtOnce)
        {
            using var scope = new TensorScope();
            Tensor part = rows[first..Math.Min(rows.Shape[0], first + RowsAtOnce)];
            Tensor distances = (part * part).Sum(-1, keepDims: true) + lengths - 2 * part.MatMul(set, transposeB: true);
            ReadOnlySpan<double> values = distances.AsSpan<double>();
            for (int row = 0; row < part.Shape[0]; row++) action(first + row, values.Slice(row * set.Shape[0], set.Shape[0]));
        }
    }

    private static double[][] Rows(string where, Tensor probabilities, int leastClasses)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        if (probabilities.Rank != 2 || probabilities.Shape[0] == 0 || probabilities.Shape[1] < leastClasses)
        {
            throw Fail.Shape(where, $"probabilities of shape {probabilities.Shape}",
                $"give [samples, classes] with at least one sample and {leastClasses} {(leastClasses == 1 ? "class" : "classes")}");
        }

        RequireFinite(where, probabilities);
        var rows = new double[probabilities.Shape[0]][];
        int classes = probabilities.Shape[1];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new double[classes];
            for (int c = 0; c < classes; c++) rows[i][c] = probabilities.ElementAt(i * classes + c);
        }

        return rows;
    }

    private static void Require(string where, Tensor real, Tensor generated, int leastRows)
    {
        ArgumentNullException.ThrowIfNull(real);
        ArgumentNullException.ThrowIfNull(generated);
        if (real.Rank != 2 || generated.Rank != 2 || real.Shape[1] != generated.Shape[1] || real.Shape[1] == 0
            || Math.Min(real.Shape[0], generated.Shape[0]) < leastRows)
        {
            throw Fail.Shape(where, $"features of shape {real.Shape} and {generated.Shape}",
                $"give two matrices [samples, features] of one width with at least {leastRows} samples each");
        }

        RequireFinite(where, real);
        RequireFinite(where, generated);
    }

    private static void RequireFinite(string where, Tensor values)
    {
        Fail.UnlessFloat(where, values);
        int bad = DebugNumerics.FirstNonFinite(values);
        if (bad >= 0)
            throw Fail.Value(where, $"element {bad} of {values.DType}{values.Shape} is {values.ElementAt(bad)}", "give finite numbers");
    }

    private delegate void RowAction(int row, ReadOnlySpan<double> distances);
}
