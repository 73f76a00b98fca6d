-- Version 1. Ids are UUIDs as 16 bytes; moments are nanoseconds since 1970-01-01T00:00Z; civil times of a
-- door are ISO 8601 text; columns named *_json are never queried.
PRAGMA application_id = 0x446f6f72; -- "Door"
PRAGMA user_version = 1;

-- the house -------------------------------------------------------------------------------------------

CREATE TABLE person (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL,
    created INTEGER NOT NULL,
    removing INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE door (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    note TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lock (
    id BLOB NOT NULL PRIMARY KEY,
    door BLOB NOT NULL,
    name TEXT NOT NULL,
    link TEXT NOT NULL,
    link_key TEXT NOT NULL,
    capabilities_json TEXT NOT NULL,
    told_json TEXT NOT NULL,
    created INTEGER NOT NULL,
    removing INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE door_group (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE door_group_door (
    door_group BLOB NOT NULL REFERENCES door_group (id) ON DELETE CASCADE,
    door BLOB NOT NULL,
    PRIMARY KEY (door_group, door)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    windows_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- a revoked grant stays for the history, also when its person or door is gone: no foreign keys
CREATE TABLE access_grant (
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    credential BLOB NOT NULL,
    door BLOB,
    door_group BLOB,
    schedule BLOB,
    valid_from TEXT,
    valid_until TEXT,
    once INTEGER NOT NULL,
    reason TEXT NOT NULL,
    created INTEGER NOT NULL,
    revoked INTEGER,
    CHECK ((door IS NULL) <> (door_group IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE credential (
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    digits INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    version INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- what every slot should hold, is known to hold, and where the work on it stands; they go with their lock

CREATE TABLE wanted (
    lock BLOB NOT NULL REFERENCES lock (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    slot INTEGER NOT NULL,
    version INTEGER NOT NULL,
    credential BLOB,
    credential_version INTEGER,
    validity_json TEXT,
    once INTEGER,
    since INTEGER NOT NULL,
    PRIMARY KEY (lock, slot),
    CHECK ((credential IS NULL) = (credential_version IS NULL)),
    CHECK ((credential IS NULL) = (validity_json IS NULL)),
    CHECK ((credential IS NULL) = (once IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE seen (
    lock BLOB NOT NULL REFERENCES lock (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    slot INTEGER NOT NULL,
    holds TEXT NOT NULL,
    credential BLOB,
    holds_version INTEGER,
    enabled INTEGER,
    evidence TEXT NOT NULL,
    at INTEGER NOT NULL,
    after_operation BLOB,
    version INTEGER NOT NULL,
    past_json TEXT NOT NULL,
    PRIMARY KEY (lock, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE errand (
    lock BLOB NOT NULL REFERENCES lock (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    slot INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    operation BLOB,
    tries INTEGER NOT NULL,
    next_try INTEGER,
    last_error TEXT,
    since INTEGER NOT NULL,
    PRIMARY KEY (lock, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE record_cursor (
    lock BLOB NOT NULL PRIMARY KEY REFERENCES lock (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    boot INTEGER NOT NULL,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- accounts --------------------------------------------------------------------------------------------

CREATE TABLE owner (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    role TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    owner BLOB NOT NULL REFERENCES owner (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    confirmed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_owner ON session (owner);

CREATE TABLE token (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    owner BLOB NOT NULL REFERENCES owner (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    scopes_json TEXT NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_owner ON token (owner);

CREATE TABLE invite (
    id BLOB NOT NULL PRIMARY KEY,
    code_hash BLOB NOT NULL UNIQUE CHECK (length(code_hash) = 32),
    role TEXT NOT NULL,
    made_by BLOB NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- the journal -----------------------------------------------------------------------------------------

-- sealed log keys of persons, by pseudonym; erased for good on request
CREATE TABLE subject (
    id BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE leaf (
    position INTEGER NOT NULL PRIMARY KEY CHECK (position >= 0),
    leaf BLOB NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    at INTEGER NOT NULL,
    happened INTEGER NOT NULL,
    kind TEXT NOT NULL,
    door BLOB,
    subject BLOB,
    salt BLOB,
    payload BLOB
) STRICT;
-- each index ends in the position by itself, so that every filter is walked newest first
CREATE INDEX leaf_door ON leaf (door) WHERE door IS NOT NULL;
CREATE INDEX leaf_subject ON leaf (subject) WHERE subject IS NOT NULL;
CREATE INDEX leaf_kind ON leaf (kind);
CREATE INDEX leaf_happened ON leaf (happened);

-- a leaf is never changed or removed; erasure takes salt and payload only
CREATE TRIGGER leaf_stays BEFORE DELETE ON leaf BEGIN
    SELECT raise(ABORT, 'the journal has no delete');
END;
CREATE TRIGGER leaf_unchanged BEFORE UPDATE ON leaf
WHEN new.position IS NOT old.position OR new.leaf IS NOT old.leaf OR new.hash IS NOT old.hash
    OR new.at IS NOT old.at OR new.happened IS NOT old.happened OR new.kind IS NOT old.kind
    OR new.door IS NOT old.door OR new.subject IS NOT old.subject
    OR new.salt IS NOT NULL OR new.payload IS NOT NULL
BEGIN
    SELECT raise(ABORT, 'a leaf of the journal is never changed');
END;

CREATE TABLE node (
    level INTEGER NOT NULL CHECK (level > 0),
    position INTEGER NOT NULL CHECK (position >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    frontier BLOB NOT NULL CHECK (length(frontier) % 32 = 0),
    checkpoint TEXT
) STRICT;
