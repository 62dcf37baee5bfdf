# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Days of one month, kept as people write them: "1-3, 7"."""


def days_text(numbers):
    """:param numbers: iterable of day numbers of a month
    :return: str, "1-3, 7" for 1, 2, 3 and 7; "" for none"""
    spans = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(
        f"{first}-{last}" if first < last else f"{first}" for first, last in spans
    )


def days_of(text):
    """:param text: str of :func:`days_text`, or False
    :return: set of day numbers"""
    numbers = set()
    for span in filter(None, (text or "").split(", ")):
        first, _dash, last = span.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
    return numbers
