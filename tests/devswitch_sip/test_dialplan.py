"""The development switch keeps the promises of our FreeSWITCH configuration: the same tests, word for word."""

from tests.sip.test_dialplan import *  # noqa: F403

# Which comes first there, the hang-up or the prompt, is left to chance; test_calls has it with the prompt first.
del test_caller_who_hangs_up_ends_the_servers_call  # noqa: F821
# There is no event socket of its own to be logged in to.
del test_event_socket_lets_nobody_in_with_a_well_known_password  # noqa: F821
# The development switch reads no passwords from a file: the call server has them on its event socket.
del test_a_password_written_while_it_runs_is_known_by_its_name_to_the_next_call  # noqa: F821
