"""The settings of a trace as data (no torch): what is asked, never how it is computed.

A request names its graph by these settings, so they are put in canonical form first:
`resolved` turns tokens given as text into ids and counts positions from 0.
"""

from typing import Annotated, Literal, Protocol, final, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from headwater.errors import HeadwaterError, InvalidPrompt, InvalidTarget

Token = Annotated[StrictInt, Field(ge=0)] | Annotated[StrictStr, Field(min_length=1, max_length=200)]
"""A vocabulary id, or the exact text of one token (its leading space included)."""

Position = StrictInt
"""A token position; negative counts from the end, -1 is the last token."""


@runtime_checkable
class TokenLookup(Protocol):
    """The part of a tokenizer that targets need (`lm.tokenizer.Tokenizer` has it)."""

    @property
    def vocab_size(self) -> int: ...
    def token_id(self, text: str, /) -> int: ...


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@final
class TopLogits(_Settings):
    """The smallest set of most probable next tokens reaching `probability`, at most `max`."""

    kind: Literal["top_logits"] = "top_logits"
    max: Annotated[StrictInt, Field(ge=1, le=100)] = 10
    probability: Annotated[float, Field(gt=0, le=1)] = 0.95
    position: Position = -1


@final
class ChosenTokens(_Settings):
    """These next tokens, each weighted with the model's own probability of it."""

    kind: Literal["tokens"] = "tokens"
    tokens: Annotated[tuple[Token, ...], Field(min_length=1, max_length=100)]
    position: Position = -1


@final
class LogitDifference(_Settings):
    """One number: the logit of `plus` minus the logit of `minus`."""

    kind: Literal["logit_difference"] = "logit_difference"
    plus: Token
    minus: Token
    position: Position = -1


@final
class FeatureTarget(_Settings):
    """The pre-activation of one active feature: trace onward from a node."""

    kind: Literal["feature"] = "feature"
    layer: Annotated[StrictInt, Field(ge=0)]
    index: Annotated[StrictInt, Field(ge=0)]
    position: Position = -1


Targets = Annotated[TopLogits | ChosenTokens | LogitDifference | FeatureTarget, Field(discriminator="kind")]


@final
class LinearTracing(_Settings):
    """Direct effects with attention patterns and norm denominators frozen (TRACING.md c).

    `max_features` caps how many features are explained in turn, best first by their
    influence; the others stay in the graph as part of the error of their place. None
    explains every active feature.
    """

    method: Literal["linear"] = "linear"
    targets: Targets = TopLogits()
    max_features: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None

    def resolved(self, tokenizer: TokenLookup, n_tokens: int) -> "LinearTracing":
        """The same request in canonical form: token ids for texts, positions from 0."""
        position = resolve_position(self.targets.position, n_tokens)
        change: dict[str, object] = {"position": position}
        if isinstance(self.targets, ChosenTokens):
            ids = [resolve_token(token, tokenizer) for token in self.targets.tokens]
            change["tokens"] = tuple(dict.fromkeys(ids))
        if isinstance(self.targets, LogitDifference):
            plus = resolve_token(self.targets.plus, tokenizer)
            minus = resolve_token(self.targets.minus, tokenizer)
            if plus == minus:
                raise InvalidTarget(
                    f"The two tokens of the difference, {self.targets.plus!r} and {self.targets.minus!r}, are"
                    f" the same token (id {plus}); choose two different ones.",
                    token=plus,
                )
            change |= {"plus": plus, "minus": minus}
        return self.model_copy(update={"targets": self.targets.model_copy(update=change)})


def resolve_token(token: int | str, tokenizer: TokenLookup) -> int:
    """A token's id. Text must be exactly one token of the vocabulary."""
    if isinstance(token, str):
        try:
            return int(tokenizer.token_id(token))
        except InvalidTarget:
            raise
        except (HeadwaterError, LookupError, ValueError) as error:
            reason = f"{token!r} is not one token of this model's vocabulary"
            advice = (
                "words usually begin with a space; copy the text from the tokenised prompt or give the id."
            )
            raise InvalidTarget(f"{reason}: {advice}", token=token) from error
    if token >= tokenizer.vocab_size:
        raise InvalidTarget(
            f"Token id {token} does not exist: this model's ids are 0 to {tokenizer.vocab_size - 1}.",
            token=token,
        )
    return token


def resolve_position(position: int, n_tokens: int) -> int:
    """A position from 1 to `n_tokens - 1`: at the start token there is nothing to trace."""
    if n_tokens < 2:
        raise InvalidPrompt(
            "The prompt holds the start token only, which no feature is read from; type at least one word."
        )
    from_start = position + n_tokens if position < 0 else position
    if not 1 <= from_start < n_tokens:
        raise InvalidTarget(
            f"Position {position} cannot be a target: this prompt has positions 1 to {n_tokens - 1} (or -1 to"
            f" {1 - n_tokens} from its end); position 0 is the start token, where nothing is traced.",
            position=position,
            n_tokens=n_tokens,
        )
    return from_start
