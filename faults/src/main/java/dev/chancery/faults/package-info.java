/// Does harm to real servers while devices enrol, and proves afterwards, through what operators and
/// devices can see, that no acknowledged certificate was lost and nothing was issued twice. Begin
/// at [dev.chancery.faults.Round].
@NullMarked
package dev.chancery.faults;

import org.jspecify.annotations.NullMarked;
