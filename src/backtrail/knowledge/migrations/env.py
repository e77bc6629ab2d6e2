"""Run by Alembic: apply the migrations on the connection that `knowledge.base` hands over."""

from alembic import context

from backtrail.knowledge.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
