/// Files that survive a crash whole: written beside, synced, renamed.
@NullMarked
package dev.chancery.authority.files;

import org.jspecify.annotations.NullMarked;
