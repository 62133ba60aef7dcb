"""Run by Alembic; the connection is handed over by `headwater.store.database`."""

from alembic import context

from headwater.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
