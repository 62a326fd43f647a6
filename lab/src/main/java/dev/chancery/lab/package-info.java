/// What experiments with whole servers need of the machine they run on: its programs
/// ([dev.chancery.lab.Programs]), free ports and folders, databases
/// ([dev.chancery.lab.PostgresCluster]), and the devices' side of a connection
/// ([dev.chancery.lab.ClientTls]). It knows nothing of Chancery's server. For Linux; PostgreSQL is
/// Debian's.
@NullMarked
package dev.chancery.lab;

import org.jspecify.annotations.NullMarked;
