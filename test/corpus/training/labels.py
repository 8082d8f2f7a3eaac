"""
What a person would see in the curves, by rule, against the same run without the cause (the control): a cause that left
no visible trace is no label. Kinds are the product's symptoms. Steps are those of the log.
"""

import math
import statistics


def in_epochs(found, steps):
    """The label of a log whose rows are epochs of so many steps."""
    if steps is None:
        return found
    return {key: value if key == "kind" or value is None else value // steps for key, value in found.items()}


def losses(rows, key="train/loss"):
    return [(row["step"], row[key]) for row in rows if key in row]


def norms(rows):
    return losses(rows, "grad_norm")


def level(points, start, stop):
    """Median and standard deviation over the steps from `start` to below `stop`."""
    values = [value for step, value in points if start <= step < stop and math.isfinite(value)]
    return (statistics.median(values), statistics.pstdev(values)) if values else (math.nan, math.nan)


def label(kind, start, end, seen=None):
    """`seen`: from when on it can be seen, where that is later than its cause."""
    return {"kind": kind, "step_from": start, "step_to": end} | ({} if seen is None else {"seen_from": seen})


def last_step(rows):
    return rows[-1]["step"]


def risen(points, at):
    """The first step at which the median of five rows is above the level before by four deviations and 5 %."""
    before, noise = level(points, max(at - 60, 0), max(at, 5))
    after = [(step, value) for step, value in points if step >= at]
    for i in range(4, len(after)):
        if statistics.median(value for _, value in after[i - 4:i + 1]) > before + max(4 * noise, 0.05 * abs(before)):
            return after[i][0]
    return at


def non_finite(rows, *_):
    """NaN or infinity in a row."""
    for row in rows:
        if any(isinstance(value, float) and not math.isfinite(value) for value in row.values()):
            return [label("non-finite", row["step"], last_step(rows))]
    return []


def nothing_to_see(*_):
    """
    Ranks that all see the same data log the same numbers as ranks whose numbers were reduced before they are logged: a
    note is right, and no alarm is wanted.
    """
    return []


def spike(rows, control, at, reach=25):
    """
    A loss spike where the loss after the cause is above the level before by six standard deviations and 30 %; also a
    divergence where it has still not come back to the control's at the end. A gradient spike at four times the level and
    ten standard deviations.
    """
    found = non_finite(rows)
    if found:
        return found
    points = losses(rows)
    median, deviation = level(points, at - 60, at)
    high = [step for step, value in points
            if at <= step <= at + reach and value > median + max(6 * deviation, 0.3 * median)]
    if high:
        found.append(label("loss-spike", high[0], high[-1]))
        end = last_step(rows)
        after, _ = level(points, end - 40, end + 1)
        usual, noise = level(losses(control), end - 40, end + 1)
        if after > usual + max(4 * noise, 0.3 * usual) and len(high) > reach // 2:
            found.append(label("divergence", at, end, risen(points, at)))
    middle, spread = level(norms(rows), at - 60, at)
    jumps = [step for step, value in norms(rows)
             if at <= step <= at + 5 and value > middle + max(10 * spread, 4 * middle)]
    if jumps:
        found.append(label("gradient-spike", jumps[0], jumps[-1]))
    return found


def diverged(rows, control, at):
    """NaN; or a loss at the end 30 % and four standard deviations above the control's, and above that of before."""
    found = non_finite(rows)
    if found:
        return found
    points = losses(rows)
    end = last_step(rows)
    after, _ = level(points, end - 40, end + 1)
    before, _ = level(points, max(at - 60, 0), max(at, 5))
    healthy, noise = level(losses(control), end - 40, end + 1)
    if after > 1.3 * healthy + 4 * noise and after > 1.05 * before:
        return [label("divergence", at, end, risen(points, at))]
    return []


def rose_at_once(rows, control, at=0):
    """As a divergence; or a loss that doubles within 30 steps while the control's does not."""
    found = diverged(rows, control, at)
    points = losses(rows)[:30]
    peak = max(value for _, value in points if math.isfinite(value))
    usual = max(value for _, value in losses(control)[:30])
    if peak > 2 * points[0][1] and usual < 1.2 * points[0][1]:
        found.append(label("early-rise", points[0][0], points[-1][0]))
    return found


def stuck(rows, control, classes):
    """The loss of the end is above 93 % of that of guessing, and the control's below 80 % of it."""
    end = last_step(rows)
    last, _ = level(losses(rows), end - 100, end + 1)
    usual, _ = level(losses(control), end - 100, end + 1)
    return [label("plateau", 0, end)] if last > 0.93 * math.log(classes) and usual < 0.8 * math.log(classes) else []


def overfitted(rows, *_):
    """
    The last three evaluations are on average 15 % above the best smoothed one, and the training loss fell since. Seen
    from the evaluation on from which all are 5 % above the best.
    """
    points = losses(rows, "eval/loss")
    smooth = [(points[i][0], statistics.median([value for _, value in points[max(0, i - 1):i + 2]]))
              for i in range(len(points))]
    best_step, best = min(smooth, key=lambda point: point[1])
    late = statistics.mean(value for _, value in points[-3:])
    end = last_step(rows)
    train_then, _ = level(losses(rows), best_step - 20, best_step + 21)
    train_now, _ = level(losses(rows), end - 40, end + 1)
    if late <= 1.15 * best or train_now >= 0.98 * train_then:
        return []
    low = [i for i, (_, value) in enumerate(smooth) if value < 1.05 * best]
    return [label("overfitting", best_step, end, smooth[min(low[-1] + 1, len(smooth) - 1)][0])]


def vanished(rows, control, at):
    """A gradient norm below a thousandth of the control's to the end, with a loss 30 % above the control's."""
    end = last_step(rows)
    now, _ = level(norms(rows), end - 40, end + 1)
    usual, _ = level(norms(control), end - 40, end + 1)
    loss, _ = level(losses(rows), end - 40, end + 1)
    healthy, _ = level(losses(control), end - 40, end + 1)
    return [label("gradient-vanishing", at, end)] if now < 1e-3 * usual and loss > 1.3 * healthy else []


def dormant(rows, control, share=0.5):
    """In some layer more than half of the units are dormant at the end, and less than half as many in the control."""
    def worst(which):
        shares = {}
        for row in which[-max(1, len(which) // 5):]:
            for key, value in row.items():
                if key.startswith("activation/") and key.endswith("/dormant"):
                    shares.setdefault(key, []).append(value)
        return max((statistics.median(values) for values in shares.values()), default=0.0)

    found = worst(rows) > share and worst(control) < worst(rows) / 2
    return [label("activations", 0, last_step(rows))] if found else []


def jumped_after_resume(rows, control, *_):
    """The loss of the first ten rows after the step went back is 10 % and four deviations above that of before."""
    steps = [row["step"] for row in rows if "train/loss" in row]
    back = next((i for i in range(1, len(steps)) if steps[i] < steps[i - 1]), None)
    if back is None:
        return []
    values = [value for _, value in losses(rows)]
    before = values[back - 40:back]
    highest = statistics.median(values[back + 1:back + 11])
    usual = statistics.median(before)
    jumps = highest > usual + max(4 * statistics.pstdev(before) / 3, 0.1 * usual)
    return [label("resume", steps[back], steps[back] + 60)] if jumps else []


def scale_collapsed(rows, *_):
    """The loss scale ends at most a 64th of what it was, having been cut again and again."""
    scales = losses(rows, "loss_scale")
    top = max(value for _, value in scales)
    if scales[-1][1] > top / 64:
        return []
    fell = [step for step, value in scales if value == top][-1] + 1
    return [label("precision", fell, last_step(rows))]


def collapsed_policy(rows, control, at):
    """The entropy ends below a tenth of its start, and the reward has gained less than half of what the control's has."""
    end = last_step(rows)
    entropy, _ = level(losses(rows, "entropy"), end - 40, end + 1)
    reward, _ = level(losses(rows, "reward"), end - 40, end + 1)
    usual, _ = level(losses(control, "reward"), end - 40, end + 1)
    start = rows[0]["reward"]
    found = entropy < 0.1 * rows[0]["entropy"] and reward - start < 0.5 * (usual - start)
    return [label("policy-collapse", at, end)] if found else []
