/// Word that is owed to whoever decided about a request from outside: kept in the ledger with the
/// outcome, and delivered behind the requester's back.
@NullMarked
package dev.chancery.authority.notification;

import org.jspecify.annotations.NullMarked;
