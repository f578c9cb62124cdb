"""Whatever stands in a playbook file: it loads, or FileProblems says why. Nothing else happens."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.engine.playbook_load import load
from foundry_doctor.errors import FileProblems

GOOD = Path(__file__).with_name("playbook_sample.yaml").read_text(encoding="utf-8")

PLACE = re.compile(r"f\.yaml:[1-9][0-9]*:[1-9][0-9]*: .")
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.dates(),
    st.sampled_from(["{", "}", "{resource}", "{x}", "key-invalid", "likely", "https://aka.ms/x"]),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
SAMPLE = yaml.safe_load(GOOD)
LINES = GOOD.splitlines(keepends=True)


def tried(data: bytes) -> None:
    try:
        load(data, "f.yaml")
    except FileProblems as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(PLACE.match(problem) for problem in problems), problems


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    tried(data)


@given(st.text(alphabet=st.sampled_from("[]{}&*!|>-?:,#'\"%@` \n\tab1~"), max_size=60))
def test_any_yaml_signs(text: str) -> None:
    tried(text.encode())


@given(TREES)
def test_any_tree(tree: object) -> None:
    tried(yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "replace"))


@given(st.sampled_from(sorted(SAMPLE)), TREES)
def test_any_value_under_a_known_key(key: str, tree: object) -> None:
    document = {**SAMPLE, key: tree}
    tried(yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode("utf-8", "replace"))


@given(st.sampled_from(["when", "because", "undecided", "confidence"]), TREES)
def test_any_value_in_a_variant(key: str, tree: object) -> None:
    variant = {**SAMPLE["match"][0], key: tree}
    text = yaml.safe_dump({**SAMPLE, "match": [variant]}, sort_keys=False, allow_unicode=True)
    tried(text.encode("utf-8", "replace"))


@given(st.data())
def test_the_sample_with_lines_lost_doubled_and_broken(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["lose", "double", "cut", "indent", "insert"]))
        if change == "lose" and len(lines) > 1:
            del lines[at]
        elif change == "double":
            lines.insert(at, lines[at])
        elif change == "cut":
            lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
        elif change == "indent":
            lines[at] = "  " + lines[at]
        else:
            where = data.draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:where] + data.draw(st.text(max_size=3)) + lines[at][where:]
    tried("".join(lines).encode("utf-8", "replace"))
