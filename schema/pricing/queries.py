from typing import Annotated

import strawberry

from schema.access.rules import Permission
from schema.context import Info
from schema.errors import NotFound
from schema.fields import Reads, key_of
from schema.pricing import store
from schema.pricing.rules import quote
from schema.pricing.types.quotes import PriceQuote, PriceQuoteInput, PriceQuoteResult

Asked = Annotated[PriceQuoteInput, strawberry.argument(description="What is to be priced.")]


@strawberry.type
class PricingQueries:
    @strawberry.field(extensions=[Reads(Permission.PRICES_READ)])
    async def price_quote(self, info: Info, input: Asked) -> PriceQuoteResult:
        """What a visit, a course or a package costs in a clinic, line by line. It binds nobody:
        a sale takes the prices of its own day."""
        key = key_of(input.clinic_protocol, "ClinicProtocol", "clinic protocol")
        async with info.context.reading() as session:
            scope = info.context.actor.scope(Permission.PRICES_READ)
            terms = (await store.quote_terms(session, [key], scope)).get(key)
        if terms is None:
            raise NotFound("clinic protocol", input.clinic_protocol, field="clinicProtocol")
        request = input.request(terms.today(await info.context.now()))
        return PriceQuote.of(quote(terms, request))
