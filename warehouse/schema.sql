-- Tables of the working warehouse that do not hang on any declaration.
create schema if not exists ops;
create schema if not exists staging;
create schema if not exists dim;
create schema if not exists fact;
create schema if not exists score;
create schema if not exists mart;

create table if not exists ops.batch (
    batch_id varchar primary key,
    feed varchar not null,
    since varchar,
    until varchar,
    content_hash varchar not null,
    contract varchar not null,
    fetched bigint not null,
    accepted bigint not null,
    quarantined bigint not null,
    withheld bigint not null,
    new_versions bigint not null,
    pulled_at timestamp not null,
    loaded_at timestamp not null,
    check (fetched = accepted + quarantined)
);
-- which judgement of a batch was loaded. A table of its own: DuckDB 1.5 cannot replay a changed ops.batch after a kill (its check)
create table if not exists ops.judged (batch_id varchar primary key, judged_at timestamp not null);
create table if not exists ops.quarantine (
    feed varchar, batch_id varchar, row_no bigint, record_key varchar,
    rule varchar, column_name varchar, value varchar, reason varchar
);
-- rows of a batch that were removed under retention; no values
create table if not exists ops.removal (
    feed varchar not null, batch_id varchar not null, rows bigint not null, before date not null, reason varchar, removed_at timestamp not null
);
-- how far a feed was heard when rows of it were removed
create table if not exists ops.heard (feed varchar primary key, heard_on date not null);
-- what a load changed: facts of this feed and quarter must be computed again
create sequence if not exists ops.change_number;
create table if not exists ops.change (
    number bigint default nextval('ops.change_number'),
    feed varchar not null, period varchar not null, batch_id varchar not null
);
-- a model's run on a period: same input fingerprint, no work; same output fingerprint, no work downstream
create table if not exists ops.model_run (
    model varchar, period varchar, input_fingerprint varchar, output_fingerprint varchar, ran_at timestamp,
    primary key (model, period)
);
create sequence if not exists ops.publication_number;
create table if not exists ops.publication (
    publication varchar primary key, number bigint, published_at timestamp, content_hash varchar
);
create table if not exists ops.publication_item (
    publication varchar, scheme varchar, period varchar, state varchar, approver varchar,
    as_of timestamp, score_fingerprint varchar
);

create table if not exists fact.indicator_org (
    indicator varchar, feed varchar, org_id varchar, period varchar,
    numerator double, denominator double, n bigint, value double,
    interval_low double, interval_high double, status varchar
);
create table if not exists fact.indicator_cadre (
    indicator varchar, feed varchar, cadre_id varchar, period varchar,
    numerator double, denominator double, n bigint, value double,
    interval_low double, interval_high double, status varchar, tenure_weight double, basis varchar
);

-- exact decimals: the order of rows and the number of threads cannot change the sum
create or replace macro exact_sum(x) as cast(sum(cast(x * 1152921504606846976 as hugeint)) as double) / 1152921504606846976;
