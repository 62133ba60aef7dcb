"""Tasks, circuits, evaluations and finished parts of jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "circuit",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("task_id", sa.String(length=200), nullable=False),
        sa.Column("task", sa.JSON(), nullable=False),
        sa.Column("method", sa.JSON(), nullable=False),
        sa.Column("dictionaries", sa.JSON(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("bins", sa.JSON(), nullable=False),
        sa.Column("n_nodes", sa.Integer(), nullable=False),
        sa.Column("n_edges", sa.BigInteger(), nullable=False),
        sa.Column("metric_clean", sa.Double(), nullable=True),
        sa.Column("metric_patch", sa.Double(), nullable=True),
        sa.Column("accuracy", sa.Double(), nullable=True),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("methods_text", sa.Text(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("raw_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["raw_sha256"], ["artifact.sha256"], name=op.f("fk_circuit_raw_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circuit")),
    )
    with op.batch_alter_table("circuit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circuit_created_at_id"), ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_circuit_task_id"), ["task_id"], unique=False)

    op.create_table(
        "job_shard",
        sa.Column("cache_key", sa.String(length=64), nullable=False),
        sa.Column("phase", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["artifact.sha256"], name=op.f("fk_job_shard_sha256")),
        sa.PrimaryKeyConstraint("cache_key", "phase", "number", name=op.f("pk_job_shard")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("n_examples", sa.Integer(), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.Column("has_spans", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["artifact.sha256"], name=op.f("fk_task_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_created_at_id"), ["created_at", "id"], unique=False)

    op.create_table(
        "circuit_evaluation",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("circuit_id", sa.String(length=64), nullable=False),
        sa.Column("against_id", sa.String(length=64), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["against_id"], ["circuit.id"], name=op.f("fk_circuit_evaluation_against_id")
        ),
        sa.ForeignKeyConstraint(
            ["circuit_id"], ["circuit.id"], name=op.f("fk_circuit_evaluation_circuit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circuit_evaluation")),
    )
    with op.batch_alter_table("circuit_evaluation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_circuit_evaluation_circuit_id_created_at"),
            ["circuit_id", "created_at"],
            unique=False,
        )

    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deaths", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("shards", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_column("shards")
        batch_op.drop_column("deaths")

    with op.batch_alter_table("circuit_evaluation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circuit_evaluation_circuit_id_created_at"))

    op.drop_table("circuit_evaluation")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_created_at_id"))

    op.drop_table("task")
    op.drop_table("job_shard")
    with op.batch_alter_table("circuit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circuit_task_id"))
        batch_op.drop_index(batch_op.f("ix_circuit_created_at_id"))

    op.drop_table("circuit")
