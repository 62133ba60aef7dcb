"""Jobs, graphs, artifacts and interventions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "artifact",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_artifact")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("cache_key", sa.String(length=64), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phase", sa.String(length=100), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_job_cache_key_created_at"), ["cache_key", "created_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_job_state_created_at"), ["state", "created_at"], unique=False)
        batch_op.create_index(
            "uq_job_single_flight",
            ["cache_key"],
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running') AND NOT cancel_requested"),
            postgresql_where=sa.text("state IN ('queued', 'running') AND NOT cancel_requested"),
        )

    op.create_table(
        "graph",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("dictionaries", sa.String(length=400), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("tokens", sa.JSON(), nullable=False),
        sa.Column("token_ids", sa.JSON(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("method", sa.JSON(), nullable=False),
        sa.Column("n_nodes", sa.Integer(), nullable=False),
        sa.Column("n_edges", sa.BigInteger(), nullable=False),
        sa.Column("n_features", sa.Integer(), nullable=False),
        sa.Column("replacement_score", sa.Double(), nullable=False),
        sa.Column("completeness_score", sa.Double(), nullable=False),
        sa.Column("completeness_score_leaf_free", sa.Double(), nullable=True),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("raw_sha256", sa.String(length=64), nullable=False),
        sa.Column("view_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["raw_sha256"], ["artifact.sha256"], name=op.f("fk_graph_raw_sha256")),
        sa.ForeignKeyConstraint(["view_sha256"], ["artifact.sha256"], name=op.f("fk_graph_view_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_graph")),
    )
    with op.batch_alter_table("graph", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_graph_created_at_id"), ["created_at", "id"], unique=False)

    op.create_table(
        "intervention",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("graph_id", sa.String(length=64), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["graph_id"], ["graph.id"], name=op.f("fk_intervention_graph_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intervention")),
    )
    with op.batch_alter_table("intervention", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intervention_graph_id"), ["graph_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("intervention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intervention_graph_id"))

    op.drop_table("intervention")
    with op.batch_alter_table("graph", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_graph_created_at_id"))

    op.drop_table("graph")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_job_single_flight",
            sqlite_where=sa.text("state IN ('queued', 'running') AND NOT cancel_requested"),
            postgresql_where=sa.text("state IN ('queued', 'running') AND NOT cancel_requested"),
        )
        batch_op.drop_index(batch_op.f("ix_job_state_created_at"))
        batch_op.drop_index(batch_op.f("ix_job_cache_key_created_at"))

    op.drop_table("job")
    op.drop_table("artifact")
