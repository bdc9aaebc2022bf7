//! Reading a policy: all that is wrong with it at once.
