"""The tables of the bus in each service's database. A version, once released, never changes."""

OUTBOX_PARTITION_ROWS = 1_000_000
OUTBOX_PARTITIONS_AHEAD = 4


def bus_tables_v1() -> list[str]:
    """SQL statements for a service's first migration."""
    return [
        # Insert-only. xid and id are what the relay reads by; see relay.py.
        """
        create table outbox (
            id bigint generated always as identity,
            xid xid8 not null default pg_current_xact_id(),
            at timestamptz not null default clock_timestamp(),
            topic text not null,
            key text not null,
            value bytea,
            headers jsonb not null,
            primary key (id)
        ) partition by range (id)
        """,
        "create index outbox_by_xid on outbox (xid, id)",
        *(
            f"create table outbox_{number} partition of outbox "
            f"for values from ({number * OUTBOX_PARTITION_ROWS}) "
            f"to ({(number + 1) * OUTBOX_PARTITION_ROWS})"
            for number in range(OUTBOX_PARTITIONS_AHEAD)
        ),
        # `snapshot` is what was sent; while `target` is set, a backlog up to it is being paged.
        """
        create table relay_cursor (
            one boolean primary key default true check (one),
            snapshot pg_snapshot not null,
            target pg_snapshot,
            last_id bigint not null default 0,
            epoch bigint not null default 0
        )
        """,
        "insert into relay_cursor (snapshot) values ('1:1:')",
        """
        create table relay_parked (
            outbox_id bigint primary key,
            topic text not null,
            key text not null,
            reason text not null,
            parked_at timestamptz not null default clock_timestamp()
        )
        """,
        "create index relay_parked_by_key on relay_parked (topic, key)",
        """
        create table consumer_offsets (
            consumer_group text not null,
            topic text not null,
            partition integer not null,
            next_offset bigint not null,
            primary key (consumer_group, topic, partition)
        )
        """,
        """
        create table dead_letters (
            id bigint generated always as identity primary key,
            at timestamptz not null default clock_timestamp(),
            topic text not null,
            origin_topic text not null,
            partition integer not null,
            "offset" bigint not null,
            key text,
            value bytea,
            headers jsonb not null,
            reason text not null,
            attempts integer not null,
            redriven_at timestamptz,
            unique (origin_topic, partition, "offset")
        )
        """,
        "create index dead_letters_waiting on dead_letters (topic, id) where redriven_at is null",
        """
        create table idempotency_keys (
            caller text not null,
            key text not null,
            fingerprint text not null,
            status integer not null,
            headers jsonb not null,
            body bytea not null,
            at timestamptz not null default clock_timestamp(),
            primary key (caller, key)
        )
        """,
        "create index idempotency_keys_by_age on idempotency_keys (at)",
    ]


def bus_tables_v2() -> list[str]:
    """SQL statements for a service's next migration: a stored offset remembers which log it
    belongs to and why it must not be read on from; a dead letter keeps any bytes as they came."""
    return [
        "alter table consumer_offsets add column topic_id uuid, add column stopped text",
        "alter table dead_letters add column raw_key bytea, add column event_type text",
        # headers were an object of base64 texts; they are a list of pairs, since a name may come
        # twice, may be no UTF-8, and a value may be null
        """
        update dead_letters set
            raw_key = convert_to(key, 'UTF8'),
            event_type = left(encode(decode(headers ->> 'ce_type', 'base64'), 'escape'), 200),
            headers = coalesce(
                (
                    select jsonb_agg(jsonb_build_array(
                        translate(encode(convert_to(name, 'UTF8'), 'base64'), E'\\n', ''), value))
                    from jsonb_each(headers) as known (name, value)
                ),
                '[]')
        """,
    ]
