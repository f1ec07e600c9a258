using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Tensors;

public class ShapeTests
{
    private static Shape Of(params int[] lengths) => Shape.Create(lengths);

    [FsCheck.NUnit.Property]
    public Property A_shape_keeps_its_lengths_and_their_product() => Prop.ForAll(
        Gen.Choose(0, 5).ArrayOf().Where(lengths => lengths.Length <= Shape.MaxRank).ToArbitrary(),
        lengths =>
        {
            Shape shape = lengths;
            return shape.Rank == lengths.Length && shape.Length == lengths.Aggregate(1, (a, b) => a * b) && shape.ToArray().SequenceEqual(lengths)
                && shape == Of(lengths) && shape.GetHashCode() == Of(lengths).GetHashCode() && shape.SequenceEqual(lengths);
        });

    [Test]
    public void An_empty_collection_and_default_are_the_scalar_shape()
    {
        Shape empty = [];
        Assert.That(empty.Rank, Is.Zero);
        Assert.That(empty.Length, Is.EqualTo(1));
        Assert.That(default(Shape).Length, Is.EqualTo(1));
        Assert.That(default(Shape), Is.EqualTo(empty));
        Assert.That(empty.ToString(), Is.EqualTo("[]"));
    }

    [Test]
    public void Axes_count_from_both_ends()
    {
        Shape shape = [2, 3, 5];
        Assert.That((shape[0], shape[-1], shape[^1], shape[^3]), Is.EqualTo((2, 5, 5, 2)));
        Assert.That(() => shape[3], Throws.TypeOf<ShapeException>().With.Message.Contains("[2, 3, 5] has no axis 3"));
        Assert.That(() => shape[-4], Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Axes_are_inserted_removed_replaced_and_joined()
    {
        Shape shape = [2, 3];
        Assert.That(shape.Insert(0, 7), Is.EqualTo(Of(7, 2, 3)));
        Assert.That(shape.Insert(-1, 7), Is.EqualTo(Of(2, 3, 7)));
        Assert.That(shape.Insert(2, 7), Is.EqualTo(Of(2, 3, 7)));
        Assert.That(shape.Remove(-1), Is.EqualTo(Of(2)));
        Assert.That(shape.With(-2, 9), Is.EqualTo(Of(9, 3)));
        Assert.That(shape.Concat([4, 5]), Is.EqualTo(Of(2, 3, 4, 5)));
        Assert.That(() => shape.Insert(3, 1), Throws.TypeOf<ShapeException>().With.Message.Contains("cannot be inserted at 3"));
        Assert.That(() => shape.Remove(2), Throws.TypeOf<ShapeException>().With.Message.Contains("use -2 to 1"));
        Assert.That(() => Of().Remove(0), Throws.TypeOf<ShapeException>().With.Message.Contains("scalar"));
    }

    [Test]
    public void Shapes_of_different_rank_or_length_differ()
    {
        Assert.That(Of(2, 3) != Of(3, 2), Is.True);
        Assert.That(Of(2, 3) == Of(2, 3, 1), Is.False);
        Assert.That(Of(0), Is.Not.EqualTo(Of()));
        Assert.That(Of(2).Equals("[2]"), Is.False);
    }

    [Test]
    public void Impossible_shapes_are_errors_that_say_why()
    {
        Assert.That(() => Of(2, -1), Throws.TypeOf<ShapeException>().With.Message.Contains("axis 1 of [2, -1] is negative"));
        Assert.That(() => Of(1, 1, 1, 1, 1, 1, 1, 1, 1), Throws.TypeOf<ShapeException>().With.Message.Contains("9 axes").And.Message.Contains("at most 8"));
        Assert.That(() => Of(1 << 16, 1 << 16), Throws.TypeOf<ShapeException>().With.Message.Contains("more than 2147483647 elements"));
        Assert.That(() => Of(1 << 16, 1 << 16, 1 << 16, 1 << 16, 1 << 16), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void A_slice_is_written_and_compared_by_its_parts()
    {
        Slice position = 3, last = ^1, negative = -1, range = 1..4;
        Assert.That(last, Is.EqualTo(negative));
        Assert.That(position != last, Is.True);
        Assert.That(range == Slice.Every(1..4, 1), Is.True);
        Assert.That(range.GetHashCode(), Is.EqualTo(Slice.Every(1..4, 1).GetHashCode()));
        Assert.That((position.ToString(), last.ToString(), range.ToString(), Slice.Every(.., -2).ToString()), Is.EqualTo(("3", "^1", "1..4", "0..^0 step -2")));
        Assert.That(() => Slice.Every(.., 0), Throws.TypeOf<ValueException>().With.Message.Contains("a step of 0"));
    }

    [Test]
    public void Slices_resolve_to_positions_within_the_axis()
    {
        Shape shape = [10];
        Assert.That(((Slice)(2..5)).Resolve(0, shape), Is.EqualTo((2, 3, 1)));
        Assert.That(((Slice)(^1)).Resolve(0, shape), Is.EqualTo((9, 1, 1)));
        Assert.That(Slice.Every(.., 3).Resolve(0, shape), Is.EqualTo((0, 4, 3)));
        Assert.That(Slice.Every(1..9, -3).Resolve(0, shape), Is.EqualTo((8, 3, -3)));
        Assert.That(((Slice)(4..4)).Resolve(0, shape), Is.EqualTo((4, 0, 1)));
        Assert.That(() => ((Slice)10).Resolve(0, shape), Throws.TypeOf<ShapeException>().With.Message.Contains("position 10 on axis 0 of shape [10]"));
        Assert.That(() => ((Slice)(-11)).Resolve(0, shape), Throws.TypeOf<ShapeException>());
        Assert.That(() => ((Slice)(5..12)).Resolve(0, shape), Throws.TypeOf<ShapeException>().With.Message.Contains("5..12"));
        Assert.That(() => ((Slice)(5..3)).Resolve(0, shape), Throws.TypeOf<ShapeException>());
    }
}
