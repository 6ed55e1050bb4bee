-- Documents of 2024 and 2025 that commend, add, deduct or veto. "document" is the list that people wrote; here it only gets
-- its numbers and the columns that must never leave the office.
CREATE TABLE decision AS
SELECT i, 'JD' || lpad(i::VARCHAR, 6, '0') AS decision_no,
    '云岫委发〔' || year(decided_on)::VARCHAR || '〕' || i::VARCHAR || '号' AS document_no, decision_type, org_id, cadre_id,
    day_text(decided_on) AS decided_on, authority, confirmed, signed_off, revoked, points,
    time_text(written_at(decided_on + 2, i)) AS updated_at,
    person(i, 'drafter') AS drafter_name, phone(i, 'drafter') AS drafter_phone, card(i, 'drafter') AS drafter_id_card,
    '经办人' || person(i, 'drafter') || '，电话' || phone(i, 'drafter') AS body
FROM document ORDER BY i;
