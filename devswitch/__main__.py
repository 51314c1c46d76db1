"""`python -m devswitch`: the development switch over SIP, where there is no FreeSWITCH."""

from devswitch.sip.process import main

if __name__ == "__main__":
    main()
