/// What holds for every ledger ([dev.chancery.ledger.LedgerContract]) and for the one in SQLite.
@NullMarked
package dev.chancery.ledger;

import org.jspecify.annotations.NullMarked;
