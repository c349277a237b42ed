-- Which statutes, articles and documents does each item cite?
CREATE TABLE citation (
    item_id    VARCHAR NOT NULL,
    ordinal    INTEGER NOT NULL,
    norm       VARCHAR NOT NULL,        -- L02@2018#265.1(3), 法释〔2016〕23号
    label      VARCHAR NOT NULL,        -- 刑事诉讼法第二百六十五条第一款第（三）项
    statute_id VARCHAR NOT NULL,        -- '' when unknown to the tables
    version    VARCHAR NOT NULL,
    article    INTEGER NOT NULL,
    raw        VARCHAR NOT NULL,
    start_byte INTEGER NOT NULL,
    end_byte   INTEGER NOT NULL
)
