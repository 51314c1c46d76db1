"""`python -m devswitch`: calls by SIP where no FreeSWITCH is. A development switch, and it says so."""

from devswitch.sip.process import main

if __name__ == "__main__":
    main()
