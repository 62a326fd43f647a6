/// The durable record over SQL. [dev.chancery.ledger.SqliteLedger] is the one to open; a class per
/// table knows its columns; [dev.chancery.ledger.GroupCommit] makes many transactions durable with
/// one write to disk. [dev.chancery.ledger.AuditCheckpoints] signs the audit chain and
/// [dev.chancery.ledger.AuditVerification] checks it. Nothing outside this package opens JDBC.
@NullMarked
package dev.chancery.ledger;

import org.jspecify.annotations.NullMarked;
