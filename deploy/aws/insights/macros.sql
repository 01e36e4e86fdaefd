-- What the translation needs beyond DuckDB's own functions.

-- A text as a number, or null. TRY_CAST alone takes "nan", "inf" and " 1_000 " for numbers too.
CREATE MACRO as_number(value) AS
    CASE WHEN regexp_full_match(value, '[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?')
         THEN TRY_CAST(value AS DOUBLE) END;

-- A number as the result shows it: four decimals at most, as CloudWatch does.
CREATE MACRO shown(value) AS
    CASE WHEN NOT isfinite(value) THEN NULL
         WHEN value = trunc(value) AND abs(value) < 1e15 THEN CAST(CAST(value AS BIGINT) AS VARCHAR)
         WHEN abs(value) < 0.001 OR abs(value) >= 1e15 THEN format('{:.6g}', value)
         ELSE rtrim(rtrim(format('{:.4f}', value), '0'), '.') END;

-- A JSON document's leaf as a field's text. A map or a list has no value of its own; its leaves do.
CREATE MACRO leaf(value) AS
    CASE left(CAST(value AS VARCHAR), 1)
         WHEN '"' THEN value ->> '$'
         WHEN 't' THEN '1'
         WHEN 'f' THEN '0'
         WHEN 'n' THEN NULL
         WHEN '{' THEN NULL
         WHEN '[' THEN NULL
         ELSE CAST(value AS VARCHAR) END;

-- https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html: numbers come
-- after all other texts. Those are cut into runs of digits, of letters, of other characters: digits
-- go by length, then by value; all else by Unicode. chr(1) sorts below everything: a shorter run
-- comes first.
CREATE MACRO chunks(value) AS
    array_to_string(
        list_transform(
            regexp_extract_all(value, '[0-9]+|\p{L}+|[^0-9\p{L}]+'),
            lambda run: CASE WHEN left(run, 1) BETWEEN '0' AND '9'
                             THEN '0' || chr(256 + least(len(run), 50000)::INTEGER) || run
                             ELSE run END),
        chr(1));

CREATE MACRO natural_key(value) AS
    CASE WHEN value IS NULL THEN NULL
         WHEN as_number(value) IS NULL
         THEN {'number': 0, 'size': 0::DOUBLE, 'chunks': chunks(value), 'text': value}
         ELSE {'number': 1, 'size': as_number(value), 'chunks': '', 'text': value} END;

-- A text as a map or a list, or null.
CREATE MACRO parsed(value) AS
    CASE WHEN json_valid(value) AND json_type(value) IN ('OBJECT', 'ARRAY')
         THEN CAST(value AS JSON) END;

-- A part of a document as a map or a list: also where it is written into a text.
CREATE MACRO structure(value) AS
    CASE json_type(value)
         WHEN 'OBJECT' THEN value
         WHEN 'ARRAY' THEN value
         WHEN 'VARCHAR' THEN parsed(value ->> '$') END;

-- A CSV cell without its quotation marks.
CREATE MACRO unquoted(cell) AS
    CASE WHEN starts_with(cell, '"') THEN replace(substring(cell, 2, len(cell) - 2), '""', '"')
         ELSE cell END;

-- A logfmt value without its quotation marks.
CREATE MACRO unescaped(cell) AS
    CASE WHEN starts_with(cell, '"')
         THEN regexp_replace(substring(cell, 2, len(cell) - 2), '\\(.)', '\1', 'g')
         ELSE cell END;

-- A number as a field that it is compared and shown again from.
CREATE MACRO shown_exactly(value) AS
    CASE WHEN value = trunc(value) AND abs(value) < 1e15 THEN CAST(CAST(value AS BIGINT) AS VARCHAR)
         ELSE CAST(value AS VARCHAR) END;
