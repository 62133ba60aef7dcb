"""How does the model read this text, and what does it expect next?"""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from headwater.api.bodies import Body
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer

router = APIRouter(tags=["tokenize"], responses=RESPONSES)


class TokenizeBody(Body):
    model: str
    prompt: str
    next_tokens: int = Field(
        0, ge=0, le=100, description="How many of the likeliest next tokens to give; 0 is none."
    )


class Token(BaseModel):
    id: int
    text: str = Field(description="Its own text, leading space included.")
    special: bool = Field(description="Not part of the text, e.g. the start token.")


class NextToken(BaseModel):
    id: int
    text: str
    probability: float
    logit: float


class Tokenized(BaseModel):
    token_ids: list[int]
    tokens: list[Token]
    n_ctx: int = Field(description="How many tokens fit, the start token included.")
    fits: bool
    next_tokens: list[NextToken] | None = Field(
        description="By descending probability. Null when not asked for, when the prompt does not fit, "
        "and while the worker is starting."
    )


@router.post("/tokenize")
def tokenize(body: TokenizeBody, server: AppServer) -> Tokenized:
    """Tokens of a prompt, the start token first; with `next_tokens`, the model's own continuation."""
    entry = server.catalogue.model(body.model)
    tokenizer = server.catalogue.tokenizer(entry)
    ids = tokenizer.encode(body.prompt, any_length=True)
    fits = len(ids) <= tokenizer.n_ctx
    following = None
    if body.next_tokens and fits and server.worker.status.state == "ready":
        asked = {"name": entry.name, "token_ids": ids, "count": body.next_tokens}
        following = [NextToken(**one) for one in server.worker.call("next_tokens", asked)]
    texts = tokenizer.tokens(ids)
    return Tokenized(
        token_ids=ids,
        tokens=[
            Token(id=i, text=text, special=tokenizer.is_special(i))
            for i, text in zip(ids, texts, strict=True)
        ],
        n_ctx=tokenizer.n_ctx,
        fits=fits,
        next_tokens=following,
    )
