"""The order in which the questions of a study are asked, and which of them stand together under one stem."""

from dataclasses import dataclass

from analysis.study.types import Study, Variable

STEM = {
    "en": "How far do you agree with each statement?",
    "zh": "您在多大程度上同意下列说法？",
}


@dataclass(frozen=True)
class Block:
    """Questions asked together: one question about the firm, or statements on one topic with the same answers."""

    topic: str  # a construct, "marker", "other", or "profile"
    variables: tuple[Variable, ...]

    @property
    def matrix(self) -> bool:
        """Whether the statements share one line of answers, under `STEM`."""
        return self.topic != "profile"


def blocks(study: Study) -> list[Block]:
    """The codebook in the order asked, cut into blocks; an attention check belongs to the block it stands in."""
    topics = dict.fromkeys(study.marker, "marker")
    topics |= {item: name for name, construct in study.constructs.items() for item in construct.all_items}
    found: list[Block] = []
    for variable in study.codebook.values():
        last = found[-1] if found and found[-1].matrix else None
        same_answers = last is not None and last.variables[-1].answers == variable.answers
        if variable.kind not in ("likert", "attention"):
            found.append(Block("profile", (variable,)))
            continue
        topic = topics.get(variable.name, "other")
        if variable.kind == "attention" and last is not None:
            topic = last.topic
        if last is not None and same_answers and last.topic == topic:
            found[-1] = Block(topic, (*last.variables, variable))
        else:
            found.append(Block(topic, (variable,)))
    return found
