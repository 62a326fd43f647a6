/// The port to the durable record: what is stored, and what storing promises.
@NullMarked
package dev.chancery.authority.ledger;

import org.jspecify.annotations.NullMarked;
