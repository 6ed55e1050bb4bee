-- What the screens found: questions for a person, never a deduction. subject_id '*': about all subjects of the period together.
create schema if not exists score;
create table if not exists score.review (
    scheme varchar, period varchar, subject_id varchar, screen varchar, code varchar, title_en varchar, title_zh varchar,
    severity varchar, evidence varchar, value double, limit_value double
);
