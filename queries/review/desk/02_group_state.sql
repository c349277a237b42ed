-- What did people decide about whole groups: 不成立, 已并入, 已拆出, 已锁定?
CREATE TABLE desk.group_state (
    group_key VARCHAR NOT NULL,
    state     VARCHAR NOT NULL,
    other_key VARCHAR NOT NULL,
    seq       BIGINT NOT NULL
)
